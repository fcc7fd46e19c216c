import { BackstoryError } from '../core/errors.ts'
import type { Entry } from '../core/entry.ts'
import { refuseSnapshotAhead, type WatchPosition } from '../core/watch-cursor.ts'
import type { Client, Row, Statement } from './client.ts'
import { entryColumns, toEntry } from './entries.ts'
import { restrict, type EntryConditions } from './entry-conditions.ts'
import { withLog, type Log } from './sight.ts'
import { joinStatements, sql } from './sql.ts'

/** One page of a batch. */
export interface BatchPage {
  readonly entries: readonly Entry[]
  /** What the batch ends with: for its next page. */
  readonly until: string
}

/** Where a stream can begin. */
export interface WatchStart {
  /** The snapshot of now. */
  readonly snapshot: string
  /** `WatchPosition.foreignId`. */
  readonly foreignId: string
}

/**
 * The snapshot of now, and the last of the entries that no snapshot of this server can speak of: those that are there
 * although their transaction is yet to come.
 *
 * @throws BackstoryError `unsupported_database` on a standby, whose snapshots do not name what is running
 */
export async function readWatchStart(client: Client): Promise<WatchStart> {
  const [row] = await client.query(sql`
with foreign_entries as materialized (
  select a.id
  from public.audit_logs a
  where a.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
)
select
  pg_current_snapshot()::text as until,
  pg_is_in_recovery()::text as is_standby,
  coalesce((select max(f.id) from foreign_entries f), 0)::text as foreign_id`)
  return { snapshot: readSnapshot(row), foreignId: row?.['foreign_id'] ?? '0' }
}

/**
 * Whether anything was committed since a position, of whatever kind: the cost is that of finding the first of it by its
 * transaction.
 *
 * @throws BackstoryError `unsupported_database`, `invalid_cursor` where this server has not come as far as the position
 */
export async function hasNews(
  client: Client,
  position: WatchPosition & { readonly before: string },
): Promise<{ readonly isNew: boolean; readonly until: string; readonly foreignId: string }> {
  const [row] = await withLog(client, undefined, (log) =>
    client.query(sql`
with
now as materialized (
  select pg_current_snapshot() as snapshot
),
${batchOf({}, position, sql`(select n.snapshot from now n)`, log)}
select
  n.snapshot::text as until,
  pg_is_in_recovery()::text as is_standby,
  (exists (select from batch))::text as is_new
from now n`),
  )
  const until = readSnapshot(row)
  refuseSnapshotAhead(position.before, until)
  return { isNew: row?.['is_new'] === 'true', until, foreignId: position.foreignId }
}

/**
 * Reads one page of a batch: what its snapshot sees and the one before it did not, in order of id. Where the position
 * names no snapshot yet, it is that of this statement. The cost is that of finding the batch by its transactions, in
 * the index on `transaction_id`, and of sorting it; for a batch of many pages `readLongBatchPage` is cheaper.
 *
 * @throws BackstoryError `unsupported_database`, `invalid_cursor` where this server has not come as far as the cursor
 */
export async function readBatchPage(
  client: Client,
  conditions: EntryConditions,
  position: WatchPosition & { readonly before: string },
  limit: number,
): Promise<BatchPage> {
  return withLog(client, conditions.sight, (log) => readSeenPage(client, conditions, position, limit, log))
}

async function readSeenPage(
  client: Client,
  conditions: EntryConditions,
  position: WatchPosition & { readonly before: string },
  limit: number,
  log: Log,
): Promise<BatchPage> {
  const snapshot = sql`(select n.snapshot from now n)`
  // materialized: else the planner may walk along the primary key from the beginning of the log, to save the sort
  const rows = await client.query(sql`
with
now as materialized (
  select coalesce(${position.until}::pg_snapshot, pg_current_snapshot()) as snapshot
),
${batchOf(conditions, position, snapshot, log)},
page as materialized (
  select b.id
  from batch b
  order by b.id
  limit ${String(limit)}::bigint
)
select
  n.snapshot::text as until,
  pg_is_in_recovery()::text as is_standby,
  ${entryColumns}
from now n
left join (page p join ${log('a')} on a.id = p.id) on true
order by a.id`)
  const until = readSnapshot(rows[0])
  refuseSnapshotAhead(position.before, until)
  return { until, entries: rows.filter((row) => row['id'] !== null).map(toEntry) }
}

/** A batch that has an end, so that its pages can be read along the primary key. */
type LongBatch = WatchPosition & {
  readonly until: string
  /** No entry of the batch comes after it; null: not known. */
  readonly lastId: string | null
}

/**
 * Decides how to go on with a batch that did not fit into a page: along the primary key up to the id that is returned,
 * or null: by `readBatchPage` again, because the batch is thinly spread over a long stretch of the log, as when a
 * transaction was open for hours. Costs one look at the whole rest of the batch.
 */
export async function planLongBatch(
  client: Client,
  conditions: EntryConditions,
  position: WatchPosition & { readonly before: string; readonly until: string },
  limit: number,
): Promise<string | null> {
  const [row] = await withLog(client, conditions.sight, (log) =>
    client.query(sql`
with
${batchOf(conditions, position, sql`${position.until}::pg_snapshot`, log)}
select count(*)::text as count, max(b.id)::text as last_id
from batch b`),
  )
  const count = Number(row?.['count'] ?? '0')
  const lastId = row?.['last_id'] ?? null
  if (lastId === null) return null
  const alongTheKey = Number(BigInt(lastId) - BigInt(firstId(position)))
  return alongTheKey <= count * Math.ceil(count / limit) ? lastId : null
}

/** Reads one page of a batch along the primary key. The pages together cost what lies between its first and last id. */
export async function readLongBatchPage(
  client: Client,
  conditions: EntryConditions,
  batch: LongBatch,
  limit: number,
): Promise<BatchPage> {
  return withLog(client, conditions.sight, (log) => readSeenLongPage(client, conditions, batch, limit, log))
}

async function readSeenLongPage(
  client: Client,
  conditions: EntryConditions,
  batch: LongBatch,
  limit: number,
  log: Log,
): Promise<BatchPage> {
  const isVisible = sql`pg_visible_in_snapshot(a.transaction_id, ${batch.until}::pg_snapshot)`
  const restricted = joinStatements(
    [
      ...(batch.before === null
        ? [sql`a.id > ${batch.afterId}::bigint`, sql`(a.id <= ${batch.foreignId}::bigint or ${isVisible})`]
        : [
            sql`a.id > ${firstId(batch)}::bigint`,
            isVisible,
            sql`not pg_visible_in_snapshot(a.transaction_id, ${batch.before}::pg_snapshot)`,
          ]),
      ...(batch.lastId === null ? [] : [sql`a.id <= ${batch.lastId}::bigint`]),
      ...restrictions(conditions, log),
    ],
    '\n  and ',
  )
  const names = namesOf(conditions)
  const rows = await client.query(sql`${names === undefined ? sql`` : sql`with ${names}`}
select
  ${entryColumns}
from ${log('a')}
where ${restricted}
order by a.id
limit ${String(limit)}::bigint`)
  return { until: batch.until, entries: rows.map(toEntry) }
}

function firstId({ afterId, foreignId }: WatchPosition): string {
  return BigInt(afterId) > BigInt(foreignId) ? afterId : foreignId
}

// Two halves and no `or`: each is a lookup in the index on transaction_id. Of the transactions that were running, only
// those that have ended are looked up: one that goes on may have written millions of entries that nobody sees.
function batchOf(
  conditions: EntryConditions,
  position: WatchPosition & { readonly before: string },
  snapshot: Statement,
  log: Log,
): Statement {
  const rest = joinStatements(
    [
      sql`a.id > ${firstId(position)}::bigint`,
      sql`pg_visible_in_snapshot(a.transaction_id, ${snapshot})`,
      ...restrictions(conditions, log),
    ],
    '\n    and ',
  )
  const names = namesOf(conditions)
  return sql`${names === undefined ? sql`` : sql`${names},\n`}batch as materialized (
  select a.id
  from ${log('a')}
  where
    a.transaction_id >= pg_snapshot_xmax(${position.before}::pg_snapshot)
    and ${rest}
  union all
  select a.id
  from ${log('a')}
  where
    a.transaction_id = any (
      array(
        select x.id
        from pg_snapshot_xip(${position.before}::pg_snapshot) as x (id)
        where pg_visible_in_snapshot(x.id, ${snapshot})
      )
    )
    and ${rest}
)`
}

// The names belong to the statement: were they read before it, a table that is renamed in between would be missed.
function namesOf({ elementTypes }: EntryConditions): Statement | undefined {
  if (elementTypes === undefined) return undefined
  return sql`names as materialized (
  select n.name, n.after_id, n.until_id
  from jsonb_array_elements_text(${JSON.stringify(elementTypes)}::jsonb) as t (name)
  cross join lateral backstory.names_of(t.name) n
)`
}

function restrictions(conditions: EntryConditions, log: Log): readonly Statement[] {
  const others = restrict(conditions, undefined, 'oldest', log)
  if (conditions.elementTypes === undefined) return others
  // a scalar subquery is no join, which could cost the order along the primary key
  return [
    ...others,
    sql`(select count(*) > 0 from names n where n.name = a.element_type and a.id > n.after_id and a.id <= n.until_id)`,
  ]
}

function readSnapshot(row: Row | undefined): string {
  const snapshot = row?.['until'] ?? ''
  if (row?.['is_standby'] === 'true') {
    throw new BackstoryError(
      'unsupported_database',
      'A standby cannot be watched: its snapshots do not say which transactions are running. Watch the primary.',
    )
  }
  return snapshot
}
