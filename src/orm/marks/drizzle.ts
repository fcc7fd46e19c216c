import { readDrizzleTable } from '../tables/drizzle.ts'
import type { DrizzleTable } from '../tables/references.ts'
import { markAudited, markOf, type AuditedOptions } from './audited.ts'
import type { Model } from './model.ts'

/** The options of a table of Drizzle, by the names of its columns in the schema or in the database. */
export type DrizzleAuditedOptions<Table extends DrizzleTable> = Omit<
  AuditedOptions,
  'scope' | 'label' | 'ignore' | 'redact' | 'key'
> & {
  readonly scope?: ColumnName<Table>
  readonly label?: ColumnName<Table>
  readonly ignore?: readonly ColumnName<Table>[]
  readonly redact?: readonly ColumnName<Table>[]
  readonly key?: readonly ColumnName<Table>[]
}

type ColumnsOf<Table extends DrizzleTable> = Table['_']['columns']
type ColumnName<Table extends DrizzleTable> =
  | (keyof ColumnsOf<Table> & string)
  | ColumnsOf<Table>[keyof ColumnsOf<Table>]['_']['name']

/**
 * Marks a table of Drizzle as audited; the same table comes back. `track` takes its options from there, and `trackAudited`
 * finds it in the schema.
 *
 * @example
 * export const accounts = audited(pgTable('accounts', { … }), { redact: ['iban'] })
 */
export function audited<Table extends DrizzleTable>(
  table: Table,
  options: DrizzleAuditedOptions<Table> = {},
): Table {
  return markAudited(table, options)
}

/** Describes a table of Drizzle. */
export function describeDrizzleTable(reference: object): Model | undefined {
  const table = readDrizzleTable(reference)
  if (table === undefined) return undefined
  const columns: unknown = Reflect.get(reference, Symbol.for('drizzle:Columns'))
  return {
    name: table.name,
    table,
    audited: markOf(reference),
    marked: [],
    columns: new Map(
      Object.entries(typeof columns === 'object' && columns !== null ? columns : {}).map(
        ([property, column]) => [property, nameOf(column)],
      ),
    ),
  }
}

function nameOf(column: unknown): readonly string[] {
  const name: unknown =
    typeof column === 'object' && column !== null ? Reflect.get(column, 'name') : undefined
  return typeof name === 'string' ? [name] : []
}
