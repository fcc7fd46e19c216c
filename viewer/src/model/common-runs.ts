/** Items that two lists have in common, in a row. */
export interface CommonRun {
  /** Where it begins in the list before. */
  readonly from: number
  /** Where it begins in the list after. */
  readonly to: number
  readonly length: number
}

/**
 * What two lists have in common, in order, with as few items as can be that go or come: the greedy algorithm of Myers, "An
 * O(ND) Difference Algorithm and Its Variations" (1986). Its time grows with the number of differences.
 *
 * @returns undefined where it takes longer than `timeoutMs`
 */
export function findCommonRuns(
  before: readonly string[],
  after: readonly string[],
  timeoutMs: number,
): readonly CommonRun[] | undefined {
  const endMs = Date.now() + timeoutMs
  const [n, m] = [before.length, after.length]
  // by diagonal (place before minus place after, from -m on) the furthest place that some number of edits leads to
  const furthest: (Reached | undefined)[] = []
  // beyond a diagonal that has come to the end of either list there is nothing to win
  let [lowest, highest] = [-m, n]
  for (let edits = 0; Date.now() <= endMs; edits++) {
    const first = Math.max(-edits, lowest + ((lowest + edits) & 1))
    for (let diagonal = first; diagonal <= Math.min(edits, highest); diagonal += 2) {
      const [goes, comes] = [furthest[diagonal - 1 + m], furthest[diagonal + 1 + m]]
      const canGo = goes !== undefined && goes.from < n
      const canCome = comes !== undefined && comes.from - diagonal <= m
      let reached: Reached | undefined
      if (edits === 0) reached = { from: 0, runs: null }
      else if (canCome && !(canGo && goes.from >= comes.from)) reached = comes
      else if (canGo) reached = { from: goes.from + 1, runs: goes.runs }
      if (reached !== undefined) {
        let { from } = reached
        while (from < n && from - diagonal < m && before[from] === after[from - diagonal]) from++
        const length = from - reached.from
        const { runs } = reached
        const run = { from: reached.from, to: reached.from - diagonal, length }
        reached = { from, runs: length === 0 ? runs : { run, earlier: runs } }
        const isAtEnd = [from === n, from - diagonal === m] as const
        if (isAtEnd[0] && isAtEnd[1]) return toList(reached.runs)
        if (isAtEnd[0]) highest = Math.min(highest, diagonal)
        if (isAtEnd[1]) lowest = Math.max(lowest, diagonal)
      }
      furthest[diagonal + m] = reached
    }
  }
  return undefined
}

interface Reached {
  /** The place in the list before. */
  readonly from: number
  readonly runs: Runs | null
}

interface Runs {
  readonly run: CommonRun
  readonly earlier: Runs | null
}

function toList(runs: Runs | null): readonly CommonRun[] {
  const list: CommonRun[] = []
  for (let last = runs; last !== null; last = last.earlier) list.unshift(last.run)
  return list
}
