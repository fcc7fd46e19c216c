import { formatNumber } from './print.ts'
import { withFacts, type Result } from './rounds.ts'
import { readLastEntry, readyEntry, type ReadyEntry } from './captures/limit.ts'
import type { Goal } from './scenario.ts'
import type { Subject } from './subjects.ts'

/**
 * Lets the limit insert the very entry that Backstory writes for a write, which `write` makes and need not keep. False:
 * it makes no entry, so that there is nothing that a capture must pay.
 */
export async function prepareLimit(
  subjects: readonly Subject[],
  write: (backstory: Subject, readEntry: () => Promise<void>) => Promise<unknown>,
): Promise<boolean> {
  const backstory = subjects.find(({ capture }) => capture.name === 'Backstory')
  const limit = subjects.find(({ capture }) => capture.name === 'limit')
  if (backstory === undefined || limit === undefined) return false
  const before = await readLastEntry(backstory.client)
  let entry: ReadyEntry | undefined
  await write(backstory, async () => {
    entry = await readLastEntry(backstory.client)
  })
  if (entry === undefined || entry.id === before?.id) return false
  await readyEntry(limit.client, entry)
  return true
}

/** What each variant adds, as a multiple of what the limit adds. */
export function withDistance(results: readonly Result[]): readonly Result[] {
  const limit = results.find(({ name }) => name === 'limit')
  // where noise made the limit quicker than the bare write there is nothing to divide by
  if (limit === undefined || limit.added <= 0) return results
  return withFacts(results, ({ name, added }): Readonly<Record<string, string>> =>
    name === 'bare' ? {} : { '× limit': formatNumber(added / limit.added) },
  )
}

/** The goal of adding at most so many times what the limit adds; none where there is no limit. */
export function withinLimit(results: readonly Result[], times: number): readonly Goal[] {
  const limit = results.find(({ name }) => name === 'limit')
  const own = results.find(({ name }) => name === 'Backstory')
  if (limit === undefined || own === undefined || limit.added <= 0) return []
  const measured = own.added / limit.added
  return [{ text: `at most ${times} times what the limit adds`, measured, reached: measured <= times }]
}

/** The goal of being the fastest of all others that capture the write at all; none where there are no others. */
export function fastestOf(results: readonly Result[], others: readonly string[]): readonly Goal[] {
  const own = results.find(({ name }) => name === 'Backstory')
  const rivals = results.filter(({ name, facts }) => others.includes(name) && facts?.['entries'] !== '0')
  if (own === undefined || rivals.length === 0) return []
  const measured = own.median / Math.min(...rivals.map(({ median }) => median))
  return [{ text: 'not slower than the fastest peer that captures it (1)', measured, reached: measured <= 1 }]
}

/** The goal of a fifth of the log of the thriftiest of those that keep whole images; none where there are none. */
export function aFifthOf(results: readonly Result[], keepers: readonly string[]): readonly Goal[] {
  const bytesOf = ({ facts }: Result) => Number(facts?.['log bytes']?.replaceAll(',', ''))
  const own = results.find(({ name }) => name === 'Backstory')
  const others = results.filter(({ name }) => keepers.includes(name)).map(bytesOf)
  if (own === undefined || others.length === 0) return []
  const measured = bytesOf(own) / Math.min(...others)
  return [
    {
      text: 'at most a fifth of the log of whoever keeps whole images (0.2)',
      measured,
      reached: measured <= 0.2,
    },
  ]
}
