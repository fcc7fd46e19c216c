import { heldPhotograph } from './flush.ts'
import { relocate } from './sql.ts'

/** The rows that a statement is about to write, and how their table is named. */
export interface FoundRows {
  readonly schema: string
  readonly table: string
  /** Whether they are locked as for a deletion. */
  readonly isDeleted: boolean
}

/**
 * The statement that photographs the rows whose keys a query finds: what `photograph` does for keys that are known, for a
 * statement that finds its rows by a condition. The query locks the rows; its parameters are those of the statement, and its
 * columns the key's, as texts. Three parameters more follow after `parameters` of its own: see `heldPhotograph`, which is the
 * column of its number, null where nothing was found.
 */
export function writePhotographFound(
  query: string,
  parameters: number,
  rows: FoundRows,
  schema: string,
): string {
  const group = `'schema', ${quoteText(rows.schema)}, 'table', ${quoteText(rows.table)}, 'isDeleted', ${rows.isDeleted}, 'mayInsert', false`
  const number = `$${parameters + 3}::integer`
  return `with
found as (select distinct to_jsonb(k.*) as key from (${query}) as k),
numbered as (select f.key, row_number() over () - 1 as place from found f),
collected as (select jsonb_agg(n.key order by n.place) as keys, jsonb_agg(n.place order by n.place) as places from numbered n),
photographed as (
  select
    case
      when c.keys is not null or ${number} is not null
        then ${relocate('backstory.photograph', schema)}(
          case
            when c.keys is null then '[]'
            else jsonb_build_array(jsonb_build_object(${group}, 'keys', c.keys, 'places', c.places))
          end,
          $${parameters + 1}::text,
          $${parameters + 2}::text,
          ${number},
          true
        )::text
    end as number
  from collected c
)
select (select p.number from photographed p) as ${heldPhotograph}`
}

function quoteText(text: string): string {
  const quoted = text.replaceAll("'", "''").replaceAll('\\', '\\\\')
  return text.includes('\\') ? `e'${quoted}'` : `'${quoted}'`
}
