import { parseAction, type Action } from '../core/changes.ts'
import { BackstoryError } from '../core/errors.ts'
import type { Client, Row, Statement } from './client.ts'
import { allOf, readKnownNames, restrict, type EntryConditions } from './entry-conditions.ts'
import { withLog, type Log } from './sight.ts'
import { joinStatements, sql } from './sql.ts'

/** What a count is for: the values of what entries were counted by. */
export interface StatsKeys {
  /** `2026-03-29T02:00:00+02:00`: the offset tells the two hours apart when a clock is put back. */
  readonly hour: string
  /** `2026-03-29` */
  readonly day: string
  /** The Monday: `2026-03-23`. */
  readonly week: string
  /** `2026-03` */
  readonly month: string
  readonly userId: string | null
  readonly action: Action
  /** The table, by its name of today. */
  readonly elementType: string
  readonly scope: string | null
}

/** What entries can be counted by. */
export type StatsKey = keyof StatsKeys

/** One count. */
export type StatsRow<Key extends StatsKey> = Pick<StatsKeys, Key> & { readonly count: number }

/** Whose days are counted, and how many counts are given; undefined: all. */
export interface StatsHow {
  readonly timeZone: string
  readonly limit: number | undefined
}

/**
 * Counts entries by some of their properties, in one statement: a first look at today's names aside. Reads every entry
 * that the conditions describe. Times come first, in their order; then the most frequent.
 *
 * @throws BackstoryError `invalid_argument`: this server does not know the time zone
 */
export async function readStats<Key extends StatsKey>(
  client: Client,
  conditions: EntryConditions,
  by: readonly Key[],
  how: StatsHow,
): Promise<readonly StatsRow<Key>[]> {
  return withLog(client, conditions.sight, (log) => readSeenStats(client, conditions, by, how, log))
}

async function readSeenStats<Key extends StatsKey>(
  client: Client,
  conditions: EntryConditions,
  by: readonly Key[],
  { timeZone, limit }: StatsHow,
  log: Log,
): Promise<readonly StatsRow<Key>[]> {
  const names = await readKnownNames(client, conditions)
  const columns = by.map(
    (key) => sql`${expressionOf(key, timeZone)} as ${{ text: columnOf(key), values: [] }}`,
  )
  const keys = by.map((key) => ({ text: columnOf(key), values: [] }))
  const order = [
    ...by.filter(isTime).map((key) => ({ text: `counted.${sortOf(key)}`, values: [] })),
    sql`counted.count desc`,
    ...by
      .filter((key) => !isTime(key))
      .map((key) => ({ text: `counted.${columnOf(key)} collate "C"`, values: [] })),
  ]
  const sorts = by
    .filter(isTime)
    .map((key) => sql`${bucketOf(key, timeZone)} as ${{ text: sortOf(key), values: [] }}`)
  const rows = await client
    .query(
      sql`
with
renamed as materialized (
  select t.element_type as today, n.name, n.after_id, n.until_id
  from (select distinct tr.element_type from backstory.tracked tr) t
  cross join lateral backstory.names_of(t.element_type) n
  where n.name <> t.element_type
),
counted as (
  select ${joinStatements([...columns, ...sorts, sql`count(*) as count`], ',\n    ')}
  from ${log('a')}
  where ${allOf(restrict(conditions, names, 'oldest', log))}
  ${by.length === 0 ? sql`` : sql`group by ${joinStatements(groupsOf(columns.length + sorts.length), ', ')}`}
)
select ${joinStatements([...keys.map((key) => sql`counted.${key}`), sql`counted.count::text as count`], ', ')}
from counted
order by ${joinStatements(order, ', ')}
limit ${limit === undefined ? null : String(limit)}::bigint`,
    )
    .catch((error: unknown) => raiseTimeZone(error, timeZone))
  return rows.map((row) => toStatsRow(row, by))
}

// by position: an expression with parameters of its own is no expression of the select list
function groupsOf(count: number): readonly Statement[] {
  return Array.from({ length: count }, (_, index) => ({ text: String(index + 1), values: [] }))
}

function expressionOf(key: StatsKey, timeZone: string): Statement {
  switch (key) {
    case 'userId':
      return sql`a.user_id`
    case 'scope':
      return sql`a.scope`
    case 'action':
      return sql`a.action::text`
    case 'elementType':
      return sql`coalesce(
      (select r.today from renamed r where r.name = a.element_type and a.id > r.after_id and a.id <= r.until_id limit 1),
      a.element_type
    )`
    case 'day':
    case 'week':
      return sql`to_char(${bucketOf(key, timeZone)} at time zone ${timeZone}, 'YYYY-MM-DD')`
    case 'month':
      return sql`to_char(${bucketOf(key, timeZone)} at time zone ${timeZone}, 'YYYY-MM')`
    case 'hour': {
      const bucket = bucketOf(key, timeZone)
      const offset = sql`((${bucket} at time zone ${timeZone}) - (${bucket} at time zone 'UTC'))`
      return sql`to_char(${bucket} at time zone ${timeZone}, 'YYYY-MM-DD"T"HH24:MI:SS')
      || case when ${offset} < interval '0' then '-' else '+' end
      || to_char(greatest(${offset}, -${offset}), 'HH24:MI')`
    }
  }
}

function bucketOf(key: StatsKey, timeZone: string): Statement {
  return sql`date_trunc(${key}, a."timestamp", ${timeZone})`
}

function isTime(key: StatsKey): boolean {
  return key === 'hour' || key === 'day' || key === 'week' || key === 'month'
}

function columnOf(key: StatsKey): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function sortOf(key: StatsKey): string {
  return `${columnOf(key)}_start`
}

function toStatsRow<Key extends StatsKey>(row: Row, by: readonly Key[]): StatsRow<Key> {
  const result: Record<string, unknown> = { count: Number(row['count']) }
  for (const key of by) {
    const value = row[columnOf(key)] ?? null
    result[key] = key === 'action' ? parseAction(value) : value
  }
  if (isStatsRow(result, by)) return result
  throw new TypeError('The statement gave another row than it was asked for.')
}

function isStatsRow<Key extends StatsKey>(
  row: Readonly<Record<string, unknown>>,
  by: readonly Key[],
): row is StatsRow<Key> {
  return by.every(
    (key) => typeof row[key] === 'string' || ((key === 'userId' || key === 'scope') && row[key] === null),
  )
}

function raiseTimeZone(error: unknown, timeZone: string): never {
  if (error instanceof Error && /time zone .* not recognized/.test(error.message)) {
    throw new BackstoryError(
      'invalid_argument',
      `PostgreSQL does not know the time zone ${timeZone}: its time zone data may be older than Node's.`,
      { cause: error },
    )
  }
  throw error
}
