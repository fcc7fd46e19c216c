import { writeMadePhotographFound } from './found-rows.ts'
import { heldPhotograph, heldRecord } from './flush.ts'
import { bringContext, keepRows } from './made-photograph.ts'
import { quoteLiteral, relocate } from './sql.ts'

/** A table by its exact names. */
export interface TableName {
  readonly schema: string
  readonly table: string
}

/**
 * Statements that photograph and record the rows of one group by the functions that are made for their table, which costs the
 * database two thirds of what it takes to find them. They fail where there are no such functions.
 */
export interface MadeStatements {
  /** With the parameters of `photograph`, but for the first: the group itself, in place of a list of groups. */
  readonly photograph: string
  /** With the parameters of `record`, but for the first: the group. The second, of a photograph, may be null. */
  readonly record: string
  /** With the parameters of `record`, the first being `WrittenRows`: of the group that the photograph has kept. */
  readonly recordKept: string
  /** In place of a text of `writePhotographFound`, with all its parameters. */
  readonly photographFound: (text: string, parameters: number) => string | undefined
}

/** What the names of a table's functions end with is the start of the SHA-256 of this, as backstory.row_function says. */
export function digestedName({ schema, table }: TableName): string {
  return `${quoteLiteral(schema)}.${quoteLiteral(table)}`
}

/** The statements for a table, by the 32 digits that its functions' names end with, in the installation in `schema`. */
export function writeMadeStatements(digest: string, schema: string): MadeStatements {
  const photographRow = `${schema}.photograph_row_${digest}`
  const recordRow = `${schema}.record_row_${digest}`
  return {
    photograph: relocate(
      `select
  ${bringContext('$2', '$3')},
  set_config('backstory.photograph_' || $4::text, ${keepRows(photographRow, '$1::jsonb')}, true) as ${heldPhotograph}`,
      schema,
    ),
    record: relocate(
      `select
  case
    when ${recordRow}(
      $1::jsonb,
      case when $2::text is not null then coalesce(current_setting('backstory.photograph_' || $2, true), '') end,
      $3,
      $4
    )
      then case when $2 is not null then set_config('backstory.photograph_' || $2, '', true) end
    else backstory.record_flush(jsonb_build_array($1::jsonb), $2::integer, $3, $4)::text
  end as ${heldRecord}`,
      schema,
    ),
    recordKept: relocate(
      `select (
  select
    case
      when ($1::jsonb ->> 'written')::bigint > jsonb_array_length(split_part(k.kept, E'\\n', 1)::jsonb #> '{0,keys}')
        then backstory.record_flush($1::jsonb, $2::integer, $3, $4)::text
      when ${recordRow}(split_part(k.kept, E'\\n', 1)::jsonb -> 0, right(k.kept, -strpos(k.kept, E'\\n')), $3, $4)
        then set_config('backstory.photograph_' || $2, '', true)
      else backstory.record_flush($1::jsonb, $2::integer, $3, $4)::text
    end
  from (select nullif(current_setting('backstory.photograph_' || $2::text, true), '')) as k (kept)
) as ${heldRecord}`,
      schema,
    ),
    photographFound: (text, parameters) => writeMadePhotographFound(text, parameters, photographRow, schema),
  }
}
