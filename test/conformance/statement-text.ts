import type { Statements } from './by-statement.ts'
import { keys, type Columns, type TableName, type Value } from './tables.ts'

/** Runs one statement with `$1 … $n` bound. */
export type RunStatement = (text: string, values: readonly Value[]) => PromiseLike<readonly unknown[]>

/** The statements as plain SQL, for drivers that take nothing else. Column names of the suite need no quotes. */
export function statementsAsText(run: RunStatement): Statements {
  return {
    insertMany: async (table, rows) => {
      await run(...insertText(table, rows))
    },
    updateWhere: async (table, where, changes) => {
      const binding = createBinding()
      await run(
        `update ${table} set ${binding.list(changes, ', ')} where ${binding.list(where, ' and ')}`,
        binding.values,
      )
    },
    increment: async (table, where, column, by) => {
      const binding = createBinding()
      await run(
        `update ${table} set ${column} = ${column} + ${binding.place(by)} where ${binding.list(where, ' and ')}`,
        binding.values,
      )
    },
    deleteWhere: async (table, where) => {
      const binding = createBinding()
      await run(`delete from ${table} where ${binding.list(where, ' and ')}`, binding.values)
    },
    upsert: async (table, row) => {
      const [text, values] = insertText(table, [row])
      const others = Object.keys(row).filter((column) => !keys[table].includes(column))
      const sets = others.map((column) => `${column} = excluded.${column}`).join(', ')
      await run(`${text} on conflict (${keys[table].join(', ')}) do update set ${sets}`, values)
    },
    raw: async (text) => run(text, []),
  }
}

/** An insert of rows that have the columns of the first. */
export function insertText(
  table: TableName,
  rows: readonly Columns[],
): readonly [text: string, values: readonly Value[]] {
  const binding = createBinding()
  const columns = Object.keys(rows[0] ?? {})
  const tuples = rows.map(
    (row) => `(${columns.map((column) => binding.place(row[column] ?? null)).join(', ')})`,
  )
  return [`insert into ${table} (${columns.join(', ')}) values ${tuples.join(', ')}`, binding.values]
}

/** Collects values, and gives the places that stand for them. */
function createBinding(): {
  readonly values: readonly Value[]
  readonly place: (value: Value) => string
  readonly list: (columns: Columns, separator: string) => string
} {
  const values: Value[] = []
  const place = (value: Value) => `$${values.push(value)}`
  const list = (columns: Columns, separator: string) =>
    Object.entries(columns)
      .map(([column, value]) => `${column} = ${place(value)}`)
      .join(separator)
  return { values, place, list }
}
