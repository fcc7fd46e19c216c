import { heldPhotograph } from './flush.ts'
import { bringContext, keepRows } from './made-photograph.ts'
import { relocate } from './sql.ts'

/** The table of the rows that a statement is about to write. */
export interface FoundRows {
  readonly schema: string
  readonly table: string
  /** Whether they are locked as for a deletion. */
  readonly isDeleted: boolean
  /** As of `AnnouncedGroup`. */
  readonly isByKey: true
  /** Never: an insert says which rows it brings in. */
  readonly mayInsert: false
}

/**
 * The value of a column of the key as text: as its type writes it, but times as ISO, since what reads them does not know the
 * date style of the session.
 */
export function writeKeyText(column: string): string {
  const times = '1082, 1114, 1184' // pg_type: date, timestamp, timestamptz
  return `case when pg_typeof(${column})::oid in (${times}) then to_jsonb(${column}) #>> '{}' else ${column}::text end`
}

/**
 * The statement that photographs the rows whose keys a query finds: what `photograph` does for keys that are known, for a
 * statement that finds its rows by a condition. The query locks the rows; its parameters are those of the statement, and its
 * columns the key's, as texts. Four parameters more follow after `parameters` of its own: the `FoundRows` as JSON, and those
 * of `heldPhotograph`, which is the column of its number, null where nothing was found.
 */
export function writePhotographFound(query: string, parameters: number, schema: string): string {
  return `${findKeys(query)}${photographKeys(parameters, schema)}`
}

/**
 * The same by the function that is made for the table, from that statement, with all its parameters. Undefined where it is no
 * such statement, as when somebody has changed its text.
 */
export function writeMadePhotographFound(
  text: string,
  parameters: number,
  photographRow: string,
  schema: string,
): string | undefined {
  const end = photographKeys(parameters - 4, schema)
  return text.endsWith(end)
    ? `${text.slice(0, -end.length)}${photographKeysByMade(parameters - 4, photographRow, schema)}`
    : undefined
}

function findKeys(query: string): string {
  return `with
found as (select jsonb_agg(distinct to_jsonb(k.*)) as keys from (${query}) as k),
listed as (
  select
    f.keys,
    to_jsonb(array(select generate_series(0, jsonb_array_length(f.keys) - 1))) as places
  from found f
)`
}

function photographKeys(parameters: number, schema: string): string {
  const [rows, userId, circumstances, number] = namesAfter(parameters)
  return relocate(
    `
select (
  select
    case
      when l.keys is not null or ${number}::integer is not null
        then backstory.photograph(
          case
            when l.keys is null then '[]'
            else jsonb_build_array(${rows}::jsonb || jsonb_build_object('keys', l.keys, 'places', l.places))
          end,
          ${userId}::text,
          ${circumstances}::text,
          ${number}::integer,
          true
        )::text
    end
  from listed l
) as ${heldPhotograph}`,
    schema,
  )
}

function photographKeysByMade(parameters: number, photographRow: string, schema: string): string {
  const [rows, userId, circumstances, number] = namesAfter(parameters)
  return relocate(
    `
select
  ${bringContext(userId, circumstances)},
  (
    select
      set_config(
        'backstory.photograph_' || ${number}::text,
        case
          when l.keys is null then E'[]\\n{}'
          else concat('[', g, E']\\n', ${keepRows(photographRow, 'g')})
        end,
        true
      )
    from listed l
    cross join lateral (select ${rows}::jsonb || jsonb_build_object('keys', l.keys, 'places', l.places)) as whole (g)
  ) as ${heldPhotograph}`,
    schema,
  )
}

function namesAfter(parameters: number): readonly [string, string, string, string] {
  return [`$${parameters + 1}`, `$${parameters + 2}`, `$${parameters + 3}`, `$${parameters + 4}`]
}
