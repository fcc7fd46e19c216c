import { parseAction, parseChanges } from '../core/changes.ts'
import type { Entry } from '../core/entry.ts'
import { parseJsonObject } from '../core/json.ts'
import type { Client, Row, Statement } from './client.ts'
import {
  allOf,
  anyOf,
  readKnownNames,
  restrict,
  within,
  type EntryConditions,
  type KnownNames,
} from './entry-conditions.ts'
import { recallIndexes } from './indexes.ts'
import { withLog, type Log } from './sight.ts'
import { joinStatements, sql } from './sql.ts'

/** A number of entries. */
export interface EntryCount {
  readonly count: number
  /** False: the planner's estimate, from its statistics. */
  readonly exact: boolean
}

/** How many entries, in which order. */
interface PageSize {
  readonly order: 'newest' | 'oldest'
  readonly limit: number
}

/**
 * Reads one page of entries by id, newest or oldest first. What an index in order of id answers (an element, an actor, a
 * type, a scope, a time) costs the page; a transaction costs its size; anything else is tried entry by entry, along the
 * best of those or along the primary key.
 */
export async function readEntries(
  client: Client,
  conditions: EntryConditions,
  page: PageSize,
): Promise<readonly Entry[]> {
  return (await readRows(client, conditions, page)).map(toEntry)
}

/** The same, and whether there are more of them. */
export async function readEntryPage(
  client: Client,
  conditions: EntryConditions,
  page: PageSize,
): Promise<{ readonly entries: readonly Entry[]; readonly hasMore: boolean }> {
  const rows = await readRows(client, conditions, { ...page, limit: page.limit + 1 })
  // that of the next page is not parsed: an entry may be large
  return { entries: rows.slice(0, page.limit).map(toEntry), hasMore: rows.length > page.limit }
}

async function readRows(
  client: Client,
  conditions: EntryConditions,
  page: PageSize,
): Promise<readonly Row[]> {
  const element = onlyElement(conditions)
  if (element !== undefined) return readElementPage(client, element, page)
  return withLog(client, conditions.sight, (log) => readSeenRows(client, conditions, page, log))
}

async function readSeenRows(
  client: Client,
  conditions: EntryConditions,
  page: PageSize,
  log: Log,
): Promise<readonly Row[]> {
  const direction = page.order === 'newest' ? sql`desc` : sql`asc`
  const limit = sql`limit ${String(page.limit)}::bigint`
  if (isElementPage(conditions)) {
    return client.query(sql`
select
  ${entryColumns}
from (
  select distinct n.name, n.after_id, n.until_id
  from jsonb_array_elements_text(${JSON.stringify(conditions.elementTypes)}::jsonb) as t (name)
  cross join lateral backstory.names_of(t.name) n
) as n
cross join lateral (
  select a.*
  from ${log('a')}
  where ${allOf([sql`a.element_type = n.name`, sql`a.id > n.after_id`, sql`a.id <= n.until_id`, ...restrict(conditions, undefined, page.order, log)])}
  order by a.id ${direction}
  ${limit}
) as a
order by a.id ${direction}
${limit}`)
  }
  const names = await readKnownNames(client, conditions)
  const select = (found: Statement) => sql`
${found}
select
  ${entryColumns}
from ${log('a')}
where a.id = any (array(select f.id from found f order by f.id ${direction} ${limit}))
order by a.id ${direction}`
  if (isReadWhole(conditions, names)) {
    // materialized: else the planner may walk along the primary key, to save the sort
    return client.query(
      select(sql`
with found as materialized (
  select a.id
  from ${log('a')}
  where ${allOf(restrict(conditions, names, page.order, log))}
)`),
    )
  }
  const times = splitByTime(await readWindow(client, conditions))
  const { by, ranges } = splitByValue(conditions, names, await recallIndexes(client))
  const restrictions = restrict(conditions, names, page.order, log, by)
  const pages = ranges.flatMap(({ range, order }) =>
    times.map(
      (time) => sql`from ${log('a')}
where ${allOf([...range, ...time, ...restrictions])}
order by ${joinStatements(
        [...order, sql`a.id`].map((column) => sql`${column} ${direction}`),
        ', ',
      )}
${limit}`,
    ),
  )
  const [only] = pages
  if (only === undefined) return []
  return client.query(
    pages.length === 1
      ? sql`
select
  ${entryColumns}
${only}`
      : select(sql`
with found as materialized (
${joinStatements(
  pages.map((part) => sql`(select a.id ${part})`),
  '\nunion all\n',
)}
)`),
  )
}

/**
 * Counts entries: exactly up to a limit, beyond it by the planner's estimate, which is never below what was counted.
 * Costs the reading of as many entries as are counted, more where a filter has no index.
 */
export async function countEntries(
  client: Client,
  conditions: EntryConditions,
  exactUpTo: number,
): Promise<EntryCount> {
  return withLog(client, conditions.sight, (log) => countSeenEntries(client, conditions, exactUpTo, log))
}

async function countSeenEntries(
  client: Client,
  conditions: EntryConditions,
  exactUpTo: number,
  log: Log,
): Promise<EntryCount> {
  const names = await readKnownNames(client, conditions)
  const window = await readWindow(client, conditions)
  const restriction = allOf([
    anyOf(splitByTime(window).map((time) => allOf(time))),
    ...restrict(conditions, names, 'newest', log),
  ])
  const [row] = await client.query(sql`
select count(*)::text as count
from (
  select
  from ${log('a')}
  where ${restriction}
  limit ${String(exactUpTo + 1)}::bigint
) as found`)
  const counted = Number(row?.['count'] ?? '0')
  if (counted <= exactUpTo) return { count: counted, exact: true }
  // the planner's statistics are of the whole log: they would tell of what is not seen
  if (conditions.sight !== undefined) return { count: counted, exact: false }
  const [plan] = await client.query(sql`
explain
select
from ${log('a')}
where ${restriction}`)
  return { count: Math.max(counted, readPlannedRows(plan)), exact: false }
}

/** What `toEntry` reads, of the log under the name `a`. */
export const entryColumns = sql`a.id::text,
  a.element_type,
  a.element_id,
  a.scope,
  a.user_id,
  to_char(a."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "timestamp",
  a.action::text,
  a.changes::text,
  a.transaction_id::text,
  a.context::text`

/** The entry of a row of `entryColumns`. */
export function toEntry(row: Row): Entry {
  const changes = row['changes'] ?? null
  const context = row['context'] ?? null
  return {
    id: row['id'] ?? '',
    elementType: row['element_type'] ?? '',
    elementId: row['element_id'] ?? '',
    scope: row['scope'] ?? null,
    userId: row['user_id'] ?? null,
    timestamp: row['timestamp'] ?? '',
    action: parseAction(row['action']),
    changes: changes === null ? null : parseChanges(changes),
    transactionId: row['transaction_id'] ?? '',
    context: context === null ? null : parseJsonObject(context),
  }
}

/** The ids between which a time lies, and the entries of that time that lie elsewhere. */
interface Window {
  readonly afterId: string | null
  readonly untilId: string | null
  readonly strays: string
}

// undefined: no time is asked for, or nothing is gained by it
async function readWindow(
  client: Client,
  { since, until, ids, elementId, transactionId }: EntryConditions,
): Promise<Window | undefined> {
  if ((since ?? until ?? undefined) === undefined || (ids ?? elementId ?? transactionId) !== undefined)
    return undefined
  const [row] = await client.query(sql`
select w.after_id::text, w.until_id::text, w.strays
from backstory.window_of(${since ?? null}::timestamptz, ${until ?? null}::timestamptz) w`)
  return row === undefined
    ? undefined
    : { afterId: row['after_id'] ?? null, untilId: row['until_id'] ?? null, strays: row['strays'] ?? '[]' }
}

function splitByTime(window: Window | undefined): readonly (readonly Statement[])[] {
  if (window === undefined) return [[]]
  const { afterId, untilId, strays } = window
  const span = [
    ...(afterId === null ? [] : [sql`a.id > ${afterId}::bigint`]),
    ...(untilId === null ? [] : [sql`a.id <= ${untilId}::bigint`]),
  ]
  if (strays === '[]') return [span]
  return [
    span,
    [sql`a.id = any (array(select s.id::bigint from jsonb_array_elements_text(${strays}::jsonb) as s (id)))`],
  ]
}

/** A part of the log in which an index gives the order of id, after the columns of `order`. */
interface OrderedRange {
  readonly range: readonly Statement[]
  readonly order: readonly Statement[]
}

// An index on (value, id) gives the order of id for one value at a time. Asked with `=`, the planner may prefer to walk
// along the primary key, hoping that matches are spread evenly, and meet all that came after an actor's last deed; a
// range of one value leaves it no other order than that of (value, id). The ranges exclude each other.
function splitByValue(
  { userIds, scopes, elementTypes, elementId }: EntryConditions,
  { tables }: KnownNames,
  indexes: ReadonlySet<string>,
): { readonly by?: 'userIds' | 'scopes' | 'elementTypes'; readonly ranges: readonly OrderedRange[] } {
  if (elementId !== undefined) return { ranges: [{ range: [], order: [] }] }
  if (userIds !== undefined && indexes.has('user')) {
    return { by: 'userIds', ranges: [...new Set(userIds)].map((userId) => rangeOf(sql`a.user_id`, userId)) }
  }
  if (scopes !== undefined && indexes.has('scope')) {
    return { by: 'scopes', ranges: [...new Set(scopes)].map((scope) => rangeOf(sql`a.scope`, scope)) }
  }
  if (elementTypes !== undefined && indexes.has('type')) {
    const ranges = tables.map((span) => {
      const { range, order } = rangeOf(sql`a.element_type`, span.name)
      return { range: [...range, ...within(span)], order }
    })
    return { by: 'elementTypes', ranges }
  }
  return { ranges: [{ range: [], order: [] }] }
}

function rangeOf(column: Statement, value: string | null): OrderedRange {
  // null is no range; whether nobody is frequent, the planner knows
  if (value === null) return { range: [sql`${column} is null`], order: [] }
  return { range: [sql`${column} >= ${value}`, sql`${column} <= ${value}`], order: [column] }
}

interface OneElement {
  readonly elementType: string
  readonly elementId: string
  readonly beyond?: string
}

// undefined: something else is asked for too
function onlyElement(conditions: EntryConditions): OneElement | undefined {
  const { elementTypes, elementId, beyond, ...others } = conditions
  const [elementType] = elementTypes ?? []
  if (elementType === undefined || elementTypes?.length !== 1 || elementId === undefined) return undefined
  if (Object.values(others).some((value) => value !== undefined)) return undefined
  return { elementType, elementId, ...(beyond === undefined ? {} : { beyond }) }
}

// What is asked for more often than anything else, by a function whose plans the session keeps.
async function readElementPage(
  client: Client,
  { elementType, elementId, beyond }: OneElement,
  { order, limit }: PageSize,
): Promise<readonly Row[]> {
  const isNewest = order === 'newest'
  // constants, because a parameter of another type than text is converted while the statement is planned, each time
  const page = { text: `${isNewest}, ${limit}`, values: [] }
  const begin = beyond === undefined ? end(isNewest) : sql`${beyond}::bigint`
  const statement = sql`
select p.id, p.entry_type as element_type, p.scope, p.user_id, p."timestamp", p.action, p.changes, p.transaction_id, p.context
from backstory.element_page(${elementType}, ${elementId}, ${page}, ${begin}) p`
  const rows = await client.query({ ...statement, isFrequent: true })
  return rows.map((row) => Object.assign(row, { element_id: elementId }))
}

function end(isNewest: boolean): Statement {
  return { text: isNewest ? '9223372036854775807' : '-1', values: [] }
}

// A page of one element that something else is asked of, in one statement, which looks up the names of its type itself.
// Conditions on columns would look up theirs for each entry.
function isElementPage({ elementTypes, elementId, changed, before, after, not }: EntryConditions): boolean {
  return (
    elementTypes !== undefined && elementId !== undefined && (changed ?? before ?? after ?? not) === undefined
  )
}

// One element or one transaction has so few entries that sorting them all is the quickest.
function isReadWhole(
  { ids, transactionId, elementId, elementTypes }: EntryConditions,
  { tables }: KnownNames,
): boolean {
  if (ids !== undefined) return true
  if (elementId !== undefined) return elementTypes === undefined || tables.length !== 1
  return transactionId !== undefined
}

// the plan as text, because drivers parse JSON each in its own way: Seq Scan on … (cost=0.00..1.05 rows=5 width=0)
function readPlannedRows(row: Row | undefined): number {
  return Number(/ rows=(\d+)/.exec(row?.['QUERY PLAN'] ?? '')?.[1] ?? '0')
}
