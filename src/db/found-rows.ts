import type { AnnouncedGroup } from './flush.ts'
import { relocate } from './sql.ts'

/** The rows that a statement is about to write, and how their table is named. */
export interface FoundRows {
  readonly schema: string
  readonly table: string
  /** Whether they are locked as for a deletion. */
  readonly isDeleted: boolean
}

/**
 * The statement that photographs the rows whose keys a query finds, and gives these keys: what `photograph` does for keys
 * that are known, for a statement that finds its rows by a condition. The query locks the rows; its parameters are those
 * of the statement, and its columns the key's, as texts. Columns: `photograph` (null where nothing was found) and `keys`, as texts.
 */
export function writePhotographFound(query: string, rows: FoundRows, schema: string): string {
  const { isDeleted } = rows
  const group = `'schema', ${quoteText(rows.schema)}, 'table', ${quoteText(rows.table)}, 'isDeleted', ${isDeleted}, 'mayInsert', false`
  return `with
found as (select distinct to_jsonb(k.*) as key from (${query}) as k),
numbered as (select f.key, row_number() over () - 1 as place from found f),
collected as (
  select coalesce(jsonb_agg(n.key order by n.place), '[]') as keys, coalesce(jsonb_agg(n.place order by n.place), '[]') as places
  from numbered n
)
select
  c.keys::text as keys,
  case
    when c.keys <> '[]'
      then ${relocate('backstory.photograph', schema)}(jsonb_build_array(jsonb_build_object(${group}, 'keys', c.keys, 'places', c.places)))::text
  end as photograph
from collected c`
}

/** What that statement gave, ready to be recorded; undefined where it found nothing. */
export function readFound(
  row: Readonly<Record<string, unknown>> | undefined,
  rows: FoundRows,
): { readonly photograph: string; readonly group: AnnouncedGroup } | undefined {
  const { photograph, keys } = row ?? {}
  if (typeof photograph !== 'string' || typeof keys !== 'string') return undefined
  const parsed = parseKeys(JSON.parse(keys))
  return {
    photograph,
    group: { ...rows, mayInsert: false, keys: parsed, places: parsed.map((_, place) => place) },
  }
}

function parseKeys(list: unknown): readonly Readonly<Record<string, string>>[] {
  if (!Array.isArray(list)) throw new TypeError('A photograph came back in an unknown form.')
  return list.map((key: unknown) =>
    Object.fromEntries(Object.entries(Object(key)).map(([column, value]) => [column, String(value)])),
  )
}

function quoteText(text: string): string {
  const quoted = text.replaceAll("'", "''").replaceAll('\\', '\\\\')
  return text.includes('\\') ? `e'${quoted}'` : `'${quoted}'`
}
