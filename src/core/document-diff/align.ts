/** Which items of two lists belong together: `[index before, index after]`, by index before. */
export type Alignment = readonly (readonly [before: number, after: number])[]

/** A table of this many cells takes some 10 ms; longer lists are aligned by what occurs once in both. */
const maximumCells = 4_000_000

/**
 * A longest common subsequence of two lists of keys. What is the same at the beginning and the end is set aside first;
 * where the rest is too long for a table, the keys that occur once on either side are the anchors (as in patience diff),
 * so that the time stays within n log n and the result may be shorter than the longest.
 */
export function alignSequences(before: readonly string[], after: readonly string[]): Alignment {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  const pairs: (readonly [number, number])[] = []
  for (let index = 0; index < start; index++) pairs.push([index, index])
  const oldMiddle = before.slice(start, before.length - end)
  const newMiddle = after.slice(start, after.length - end)
  const middle =
    oldMiddle.length * newMiddle.length <= maximumCells
      ? alignByTable(oldMiddle, newMiddle)
      : longestIncreasing(pairUnique(oldMiddle, newMiddle))
  for (const [from, to] of middle) pairs.push([from + start, to + start])
  for (let left = end; left > 0; left--) pairs.push([before.length - left, after.length - left])
  return pairs
}

/** The pairs of keys that occur exactly once in either list, by index before. */
export function pairUnique(before: readonly string[], after: readonly string[]): Alignment {
  const [old, next] = [uniquePlaces(before), uniquePlaces(after)]
  return [...old].flatMap(([key, from]) => {
    const to = next.get(key)
    return from < 0 || to === undefined || to < 0 ? [] : [[from, to] as const]
  })
}

/** The longest part of an alignment in which the indexes after increase too: what has kept its order. */
export function longestIncreasing(pairs: Alignment): Alignment {
  const tails: number[] = []
  const previous: number[] = []
  for (const [index, [, to]] of pairs.entries()) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      const [, tail] = pairs[tails[middle] ?? 0] ?? [0, 0]
      if (tail < to) low = middle + 1
      else high = middle
    }
    previous.push(low === 0 ? -1 : (tails[low - 1] ?? -1))
    tails[low] = index
  }
  const kept: (readonly [number, number])[] = []
  for (let index = tails.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index]
    if (pair !== undefined) kept.push(pair)
  }
  return kept.toReversed()
}

// -1 for what occurs more than once
function uniquePlaces(keys: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const [index, key] of keys.entries()) places.set(key, places.has(key) ? -1 : index)
  return places
}

function alignByTable(before: readonly string[], after: readonly string[]): Alignment {
  const width = after.length + 1
  const lengths = new Uint32Array((before.length + 1) * width)
  const at = (from: number, to: number) => lengths[from * width + to] ?? 0
  for (let from = before.length - 1; from >= 0; from--) {
    for (let to = after.length - 1; to >= 0; to--) {
      lengths[from * width + to] =
        before[from] === after[to] ? at(from + 1, to + 1) + 1 : Math.max(at(from + 1, to), at(from, to + 1))
    }
  }
  const pairs: (readonly [number, number])[] = []
  let [from, to] = [0, 0]
  while (from < before.length && to < after.length) {
    if (before[from] === after[to]) pairs.push([from++, to++])
    else if (at(from + 1, to) >= at(from, to + 1)) from++
    else to++
  }
  return pairs
}
