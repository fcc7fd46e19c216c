import { and, eq, getTableColumns, sql, type ExtractTablesWithRelations, type SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite'
import type { PgColumn, PgDatabase, PgQueryResultHKT, PgTable, PgTransaction } from 'drizzle-orm/pg-core'
import pg from 'pg'

import { audited } from '../../../src/pg.ts'
import { audited as auditedPglite } from '../../../src/pglite.ts'
import { byStatement } from '../by-statement.ts'
import type { Connected, ConformanceDriver, TransactionOperations } from '../driver.ts'
import { keys, type TableName, type Where } from '../tables.ts'
import { bonds, elements, elementTags, measurements, tags, worlds } from './drizzle-tables.ts'

/** Drizzle on `pg`. */
export const drizzleDriver: ConformanceDriver = {
  name: 'Drizzle',
  server: 'PostgreSQL',
  captures: ['trigger'],
  unsupported: {},
  gaps: {},
  connect: ({ url, capture, connections }) => {
    const pool = new pg.Pool({ connectionString: url, max: connections })
    const db = drizzle({ client: capture === 'none' ? pool : audited(pool) })
    return Promise.resolve(connected(db, () => pool.end()))
  },
}

/** Drizzle on PGlite. */
export const drizzlePgliteDriver: ConformanceDriver = {
  name: 'Drizzle on PGlite',
  server: 'PGlite',
  captures: ['trigger'],
  unsupported: { 'two transactions at once on one row': 'PGlite has one connection.' },
  gaps: {},
  connect: ({ pglite, capture }) => {
    const db = drizzlePglite({ client: capture === 'none' ? pglite : auditedPglite(pglite) })
    return Promise.resolve(connected(db, () => Promise.resolve()))
  },
}

const tables: Readonly<Record<TableName, PgTable>> = {
  worlds,
  elements,
  tags,
  element_tags: elementTags,
  bonds,
  measurements,
}

function connected<Result extends PgQueryResultHKT>(
  db: PgDatabase<Result>,
  close: () => Promise<void>,
): Connected {
  return {
    ...operationsOn(db),
    transaction: (work, options) =>
      db.transaction(
        (transaction) => work(withSavepoints(transaction)),
        options === undefined ? undefined : { isolationLevel: options.isolation },
      ),
    insertLazily: (table, row) => db.insert(tables[table]).values(row),
    close,
  }
}

function operationsOn<Result extends PgQueryResultHKT>(db: PgDatabase<Result>) {
  return byStatement({
    insertMany: async (table, rows) => {
      await db.insert(tables[table]).values([...rows])
    },
    updateWhere: async (table, where, changes) => {
      await db.update(tables[table]).set(changes).where(matching(table, where))
    },
    increment: async (table, where, column, by) => {
      await db
        .update(tables[table])
        .set({ [column]: sql`${columnOf(table, column)} + ${by}` })
        .where(matching(table, where))
    },
    deleteWhere: async (table, where) => {
      await db.delete(tables[table]).where(matching(table, where))
    },
    upsert: async (table, row) => {
      const target = keys[table].map((column) => columnOf(table, column))
      await db.insert(tables[table]).values(row).onConflictDoUpdate({ target, set: row })
    },
    raw: async (text) => {
      const result: unknown = await db.execute(sql.raw(text))
      return rowsOf(result)
    },
  })
}

type NoSchema = Record<string, never>

function withSavepoints<Result extends PgQueryResultHKT>(
  transaction: PgTransaction<Result, NoSchema, ExtractTablesWithRelations<NoSchema>>,
): TransactionOperations {
  return {
    ...operationsOn(transaction),
    savepoint: (work) => transaction.transaction((inner) => work(withSavepoints(inner))),
  }
}

function matching(table: TableName, where: Where): SQL | undefined {
  return and(...Object.entries(where).map(([column, value]) => eq(columnOf(table, column), value)))
}

function columnOf(table: TableName, name: string): PgColumn {
  const column = getTableColumns(tables[table])[name]
  if (column === undefined) throw new Error(`${table} has no column ${name}.`)
  return column
}

function rowsOf(result: unknown): readonly unknown[] {
  return typeof result === 'object' && result !== null && 'rows' in result && Array.isArray(result.rows)
    ? result.rows
    : []
}
