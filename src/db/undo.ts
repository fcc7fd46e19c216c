import type { Entry } from '../core/entry.ts'
import { formatJson, getJsonKey, parseJsonObject, type JsonObject } from '../core/json.ts'
import type { UndoStep } from '../core/undo/plan.ts'
import type { Referrer, UndoTable } from '../core/undo/table.ts'
import { BackstoryError } from '../core/errors.ts'
import type { Client, Statement } from './client.ts'
import { isDataException } from './errors.ts'
import { entryColumns, toEntry } from './entries.ts'
import { withLog, type Sight } from './sight.ts'
import { joinStatements, quoteIdentifier, sql } from './sql.ts'

/** Which entries are to be undone. Times are texts that PostgreSQL reads as timestamptz. */
export type UndoSelection =
  | { readonly ids: readonly string[] }
  | { readonly transactionId: string }
  | { readonly userId: string; readonly since: string; readonly until?: string }

/** An entry, and the table that it belongs to: its id in `backstory.tracked`, null where none is known. */
export interface UndoTarget {
  readonly entry: Entry
  readonly tableId: string | null
}

/** The entries of a selection that are seen and changed something, newest first. */
export async function readTargets(
  client: Client,
  selection: UndoSelection,
  sight?: Sight,
): Promise<readonly UndoTarget[]> {
  const rows = await withLog(client, sight, (log) =>
    client.query(sql`
select
  ${entryColumns},
  backstory.table_of_entry(a.element_type, a.id)::text as table_id
from ${log('a')}
where
  a.action in ('insert', 'update', 'delete')
  and ${select(selection)}
order by a.id desc`),
  )
  return rows.map((row) => ({ entry: toEntry(row), tableId: row['table_id'] ?? null }))
}

function select(selection: UndoSelection): Statement {
  if ('ids' in selection) {
    return sql`a.id in (
    select e.id::bigint
    from jsonb_array_elements_text(${JSON.stringify(selection.ids)}::jsonb) as e (id)
  )`
  }
  if ('transactionId' in selection) return sql`a.transaction_id = ${selection.transactionId}::xid8`
  const since = sql`a.user_id = ${selection.userId} and a."timestamp" >= ${selection.since}::timestamptz`
  return selection.until === undefined
    ? since
    : sql`${since} and a."timestamp" < ${selection.until}::timestamptz`
}

/** The entries of elements of one table after an entry of theirs, by element, oldest first. */
export async function readLater(
  client: Client,
  table: UndoTable,
  since: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const elements = [...since].map(([elementId, entryId]) => ({ element_id: elementId, entry_id: entryId }))
  const rows = await client.query(sql`
select
  ${entryColumns}
from jsonb_to_recordset(${JSON.stringify(elements)}::jsonb) as e (element_id text, entry_id bigint)
cross join backstory.names_of(${table.elementType}) as n
join public.audit_logs a
  on a.element_id = e.element_id
  and a.element_type = n.name
  and a.id > n.after_id
  and a.id <= n.until_id
where
  a.id > e.entry_id
  and a.action in ('insert', 'update', 'delete')
order by a.id`)
  return Map.groupBy(rows.map(toEntry), ({ elementId }) => elementId)
}

/**
 * The live rows of elements as `to_jsonb` gives them, by element id; those that are not there are not in it. With
 * `lock` until the end of the transaction, in the order of their ids, so that two of us never wait for each other.
 */
export async function readLiveRows(
  client: Client,
  table: UndoTable,
  elementIds: readonly string[],
  options: { readonly lock: boolean },
): Promise<ReadonlyMap<string, JsonObject>> {
  const isComposite = table.key.length > 1
  const conditions = table.key.map(({ name, type, isLiteral }, place) => {
    const given = isComposite ? `(e.id::jsonb ->> ${place})` : 'e.id'
    const column = `r.${quoteIdentifier(name)}`
    return plain(isLiteral ? `${column} = ${given}::${type}` : `to_jsonb(${column}) #>> '{}' = ${given}`)
  })
  const rows = await client
    .query(
      sql`
select
  e.id,
  backstory.image_of(r.*)::text as image
from jsonb_array_elements_text(${JSON.stringify(elementIds)}::jsonb) as e (id)
join ${plain(relationOf(table))} as r on ${joinStatements(conditions, ' and ')}
order by e.id collate "C"
${plain(options.lock ? 'for update of r' : '')}`,
    )
    .catch((error: unknown) => {
      if (!isDataException(error)) throw error
      throw new BackstoryError(
        'invalid_argument',
        `${elementIds.length === 1 ? `${elementIds[0]} is no key` : 'One of the ids is no key'} of ${table.elementType}.`,
        { cause: error, details: { elementType: table.elementType } },
      )
    })
  return new Map(rows.map((row) => [row['id'] ?? '', parseJsonObject(row['image'] ?? '{}')]))
}

/** An element that cannot go without touching another, `''` for one without a key. */
export interface ReferredElement {
  readonly elementId: string
  readonly by: string
}

/**
 * Of elements that are to be deleted, those that rows of `referrer` refer to, with one such row each; rows that are
 * `expected` to go or to change do not count.
 */
export async function readReferred(
  client: Client,
  table: UndoTable,
  referrer: Referrer,
  deletions: readonly UndoStep[],
  expected: readonly string[],
): Promise<readonly ReferredElement[]> {
  const elements = deletions.map(({ elementId, live }) => ({
    id: elementId,
    image: pick(live ?? {}, referrer.referenced),
  }))
  const columns = referrer.key.map((name) => `c.${quoteIdentifier(name)}`)
  const [only] = columns
  const childId =
    only === undefined
      ? "''"
      : columns.length === 1
        ? `to_jsonb(${only}) #>> '{}'`
        : `'[' || ${columns.map((column) => `to_jsonb(${column})::text`).join(" || ',' || ")} || ']'`
  const conditions = referrer.columns.map((column, place) =>
    plain(`c.${quoteIdentifier(column)} = p.${quoteIdentifier(referrer.referenced[place] ?? '')}`),
  )
  const rows = await client.query(sql`
select distinct on (e.id)
  e.id,
  ${plain(childId)} as child_id
from jsonb_to_recordset(${formatJson(elements)}::jsonb) as e (id text, image jsonb)
cross join lateral backstory.row_of(null::${plain(qualify(table))}, e.image) as p
join ${plain(relationOf(referrer))} as c on ${joinStatements(conditions, ' and ')}
where
  ${plain(childId)} not in (select x.id from jsonb_array_elements_text(${JSON.stringify(expected)}::jsonb) as x (id))
order by e.id`)
  return rows.map((row) => ({ elementId: row['id'] ?? '', by: row['child_id'] ?? '' }))
}

/** The text of a table's name. */
export function qualify({ schema, name }: Pick<UndoTable, 'schema' | 'name'>): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/** A table without its inheritance children, whose rows are elements of their own. */
export function relationOf(table: Pick<UndoTable, 'schema' | 'name' | 'isPartitioned'>): string {
  return table.isPartitioned ? qualify(table) : `only ${qualify(table)}`
}

/** Some columns of an image. */
export function pick(image: JsonObject, columns: readonly string[]): JsonObject {
  return Object.fromEntries(columns.map((column) => [column, getJsonKey(image, column) ?? null]))
}

/** A text without values, to splice in. */
export function plain(text: string): Statement {
  return { text, values: [] }
}
