import type { Gap, GapKind } from '../core/gap.ts'
import { isJsonArray, parseJson } from '../core/json.ts'
import { appendPointer } from '../core/pointer.ts'
import type { Client, Row } from './client.ts'
import { sql } from './sql.ts'

/** A table whose elements can be checked: its number in `backstory.tracked`. */
export interface CheckedTable {
  readonly trackedId: string
  readonly elementType: string
}

/** The tables that are or were tracked, in order of their types; of one type, by a former name too, at most one. */
export async function readCheckedTables(
  client: Client,
  elementType: string | null,
): Promise<readonly CheckedTable[]> {
  const rows = await client.query(sql`
select t.id::text, t.element_type
from backstory.tracked t
where ${elementType} is null or t.id = (select n.tracked_id from backstory.names_of(${elementType}) n limit 1)
order by t.element_type, t.id`)
  return rows.map((row) => ({ trackedId: row['id'] ?? '', elementType: row['element_type'] ?? '' }))
}

/**
 * The next elements of a table that have entries, in order of their ids. Jumps from one to the next in the index on
 * elements, so that it costs the same whatever the number of their entries.
 */
export async function readElementIds(
  client: Client,
  table: CheckedTable,
  afterId: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await client.query(sql`
with recursive
names as materialized (
  select array_agg(n.name) as list
  from backstory.names_of(${table.elementType}) n
),
ids as (
  select
    (
      select min(a.element_id)
      from public.audit_logs a
      where a.element_id > ${afterId} and a.element_type = any ((select n.list from names n)::text[])
    ) as element_id,
    1 as place
  union all
  select
    (
      select min(a.element_id)
      from public.audit_logs a
      where a.element_id > i.element_id and a.element_type = any ((select n.list from names n)::text[])
    ),
    i.place + 1
  from ids i
  where i.element_id is not null and i.place < ${String(limit)}::integer
)
select i.element_id
from ids i
where i.element_id is not null
order by i.place`)
  return rows.map((row) => row['element_id'] ?? '')
}

/** The next rows of a table that have no entry although they must have one, by their element ids in order. */
export async function readRowsWithoutEntries(
  client: Client,
  { trackedId }: CheckedTable,
  afterId: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await client.query(sql`
select r.element_id
from backstory.rows_without_entries(${trackedId}::integer, ${afterId}, ${String(limit)}::integer) as r (element_id)`)
  return rows.map((row) => row['element_id'] ?? '')
}

/** The gaps in the histories of some elements of one table, each element's in order. One statement, one snapshot. */
export async function readGaps(
  client: Client,
  table: CheckedTable,
  elementIds: readonly string[],
): Promise<readonly Gap[]> {
  const rows = await client.query(sql`
select
  g.element_id,
  g.kind,
  to_jsonb(g.path)::text as path,
  g.logged::text,
  g.observed::text as found,
  g.after_id::text,
  to_char(g.after_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since,
  g.before_id::text,
  to_char(g.before_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as until
from backstory.check_elements(${table.trackedId}::integer, ${JSON.stringify(elementIds)}::jsonb) with ordinality as g (
  element_id, kind, path, logged, observed, after_id, after_time, before_id, before_time, place
)
order by g.place`)
  return rows.map((row) => toGap(row, table.elementType))
}

function toGap(row: Row, elementType: string): Gap {
  const path = parseJson(row['path'] ?? '[]')
  const logged = row['logged'] ?? null
  const found = row['found'] ?? null
  const afterId = row['after_id'] ?? null
  const beforeId = row['before_id'] ?? null
  return {
    kind: parseKind(row['kind']),
    elementType,
    elementId: row['element_id'] ?? '',
    path: (isJsonArray(path) ? path : [])
      .filter((segment) => typeof segment === 'string')
      .reduce(appendPointer, ''),
    logged: logged === null ? undefined : parseJson(logged),
    found: found === null ? undefined : parseJson(found),
    between: [
      afterId === null ? null : { entryId: afterId },
      beforeId === null ? 'row' : { entryId: beforeId },
    ],
    since: row['since'] ?? null,
    until: row['until'] ?? '',
  }
}

// backstory.check_elements gives no other
function parseKind(text: string | null | undefined): GapKind {
  return text === 'changed' || text === 'deleted' || text === 'inserted' ? text : 'unreadable'
}
