/** One way of doing the same work. `run` gives what it measured: microseconds a row or statement. */
export interface Variant {
  readonly name: string
  readonly run: () => Promise<number>
}

/** What a variant came to, beside the first one, over all rounds. */
export interface Result {
  readonly name: string
  /** Median of what was measured. */
  readonly median: number
  /** The smallest and the largest of what was measured. */
  readonly range: readonly [number, number]
  /** Median of the ratios to the first variant of the same round. */
  readonly ratio: number
  /** The smallest and the largest of those ratios. */
  readonly spread: readonly [number, number]
  /** Median of the differences to the first variant of the same round. */
  readonly added: number
  /** What was found beside the time, by the name of its column. */
  readonly facts?: Readonly<Record<string, string>>
}

/**
 * Runs the variants in rounds, A B C A B C …, and compares each with the first of its own round: what a noisy
 * machine does to one it does to its neighbours. The first round is for warming up and does not count.
 */
export async function runRounds(variants: readonly Variant[], rounds: number): Promise<readonly Result[]> {
  const measured = variants.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, variant] of variants.entries()) {
      const value = await variant.run()
      if (round > 0) measured[index]?.push(value)
    }
  }
  return compare(
    variants.map(({ name }) => name),
    measured,
  )
}

/** The same results, each with what was found beside its time put before what it has of that already. */
export function withFacts(
  results: readonly Result[],
  find: (result: Result) => Readonly<Record<string, string>>,
): readonly Result[] {
  const found: Result[] = []
  for (const result of results) found.push({ ...result, facts: { ...find(result), ...result.facts } })
  return found
}

/** Compares what was measured in each round, variant by variant, with the first variant. */
function compare(names: readonly string[], measured: readonly (readonly number[])[]): readonly Result[] {
  const base = measured[0] ?? []
  return names.map((name, index) => {
    const values = measured[index] ?? []
    const ratios = values.map((value, round) => value / (base[round] ?? Number.NaN))
    return {
      name,
      median: median(values),
      range: [Math.min(...values), Math.max(...values)],
      ratio: median(ratios),
      spread: [Math.min(...ratios), Math.max(...ratios)],
      added: median(values.map((value, round) => value - (base[round] ?? Number.NaN))),
    }
  })
}

/** The middle of the values; of an even number of them, the middle of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
