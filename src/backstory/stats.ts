import { BackstoryError } from '../core/errors.ts'
import type { Client } from '../db/client.ts'
import type { Sight } from '../db/sight.ts'
import { readStats, type StatsKey, type StatsRow } from '../db/stats.ts'
import { parseDescription, type EntryDescription } from './entry-filter.ts'

export type { StatsKey }

/** What to count, and by what. */
export interface StatsOptions<Key extends StatsKey> extends EntryDescription {
  /** What to count by: one count for each combination that occurs. None: one count of all. */
  readonly by: readonly Key[]
  /** Whose days, hours, weeks and months: a name of the IANA data base such as `Europe/Berlin`. Default: `UTC`. */
  readonly timeZone?: string
  /** How many counts at most: the first in their order. Every entry is read all the same. Default: all. */
  readonly limit?: number
}

/**
 * Counts entries. Reads every entry that the filter describes, in one statement.
 *
 * @throws BackstoryError `invalid_argument`
 * @example
 * await backstory.stats({ by: ['day', 'userId'], since: '2026-03-01', timeZone: 'Europe/Berlin' })
 * // [{ day: '2026-03-29', userId: 'ada', count: 12 }, …]
 */
export async function countByKeys<const Key extends StatsKey>(
  client: Client,
  options: StatsOptions<Key>,
  sight?: Sight,
): Promise<readonly StatsRow<Key>[]> {
  const { by, timeZone = 'UTC', limit, ...description } = options
  if (!Array.isArray(by)) throw invalid(`by is a list of ${statsKeys.join(', ')}; it is ${String(by)}.`)
  for (const [index, key] of by.entries()) {
    if (!statsKeys.some((known) => known === key)) {
      throw invalid(`stats() cannot count by "${String(key)}". It can by ${statsKeys.join(', ')}.`)
    }
    if (by.indexOf(key) !== index) throw invalid(`by names ${String(key)} twice.`)
  }
  if (!isTimeZone(timeZone)) {
    throw invalid(
      `timeZone is UTC or a name of the IANA data base such as Europe/Berlin; it is ${JSON.stringify(timeZone)}.`,
    )
  }
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) {
    throw invalid(`limit is a whole number, 1 at least; it is ${String(limit)}.`)
  }
  const conditions = parseDescription(description, 'stats', ['by', 'timeZone', 'limit'])
  const seen = sight === undefined ? conditions : { ...conditions, sight }
  return readStats(client, seen, by, { timeZone, limit })
}

const statsKeys = [
  'hour',
  'day',
  'week',
  'month',
  'userId',
  'action',
  'elementType',
  'scope',
] as const satisfies readonly StatsKey[]

// Without a slash PostgreSQL may take a name for an abbreviation (CET has no summer time there) or for a POSIX rule
// (UTC+3 lies to the west).
function isTimeZone(name: unknown): name is string {
  if (name === 'UTC') return true
  if (typeof name !== 'string' || !/^[A-Za-z_]+\/[A-Za-z0-9_+/-]+$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
