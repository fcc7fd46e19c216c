import { Kysely, PGliteDialect, PostgresDialect, sql, type ControlledTransaction, type Dialect } from 'kysely'
import pg from 'pg'

import { auditDialect } from '../../../src/kysely.ts'
import { audited } from '../../../src/pg.ts'
import { audited as auditedPglite } from '../../../src/pglite.ts'
import { byStatement } from '../by-statement.ts'
import type { Connected, ConformanceDriver, TransactionOperations } from '../driver.ts'
import { keys, type Columns, type TableName, type Value } from '../tables.ts'

const gaps = {
  'cascade of a foreign key': { reason: 'The database deletes the rows, not Kysely.', outcome: 'partly' },
  'raw SQL': { reason: 'A text has no nodes to be read.', outcome: 'unseen' },
} as const

/** Kysely on `pg`. */
export const kyselyDriver: ConformanceDriver = {
  name: 'Kysely',
  server: 'PostgreSQL',
  captures: ['trigger', 'listener'],
  unsupported: {},
  gaps,
  connect: async ({ url, capture, connections }) => {
    const pool = new pg.Pool({ connectionString: url, max: connections })
    const dialect = new PostgresDialect({ pool: capture === 'none' ? pool : audited(pool) })
    return connectKysely(capture === 'listener' ? auditDialect(dialect, { tables: keys }) : dialect)
  },
}

/** Kysely on its own dialect for PGlite. */
export const kyselyPgliteDriver: ConformanceDriver = {
  name: 'Kysely on PGlite',
  server: 'PGlite',
  captures: ['trigger', 'listener'],
  unsupported: {
    'serializable transaction': 'This dialect leaves the isolation level out.',
    'two transactions at once on one row': 'PGlite has one connection.',
  },
  gaps,
  connect: async ({ pglite, capture }) => {
    const dialect = new PGliteDialect({ pglite: capture === 'trigger' ? auditedPglite(pglite) : pglite })
    const { close: _, ...connected } = connectKysely(
      capture === 'listener' ? auditDialect(dialect, { tables: keys }) : dialect,
    )
    // destroy() would close the PGlite, which stays open
    return { ...connected, close: () => Promise.resolve() }
  },
}

type Tables = Record<TableName, Record<string, Value>>

function connectKysely(dialect: Dialect): Connected {
  const db = new Kysely<Tables>({ dialect })
  return {
    ...operationsOn(db),
    transaction: async (work, options) => {
      const builder = db.startTransaction()
      const transaction = await (
        options === undefined ? builder : builder.setIsolationLevel(options.isolation)
      ).execute()
      try {
        await work(withSavepoints(transaction))
        await transaction.commit().execute()
      } catch (error) {
        await transaction.rollback().execute()
        throw error
      }
    },
    insertLazily: (table, row) => db.insertInto(table).values(row).execute(),
    close: () => db.destroy(),
  }
}

function operationsOn(db: Kysely<Tables>) {
  return byStatement({
    insertMany: async (table, rows) => {
      await db.insertInto(table).values(rows).execute()
    },
    updateWhere: async (table, where, changes) => {
      await db
        .updateTable(table)
        .set(changes)
        .where((builder) => builder.and(where))
        .execute()
    },
    increment: async (table, where, column, by) => {
      await db
        .updateTable(table)
        .set(column, (builder) => builder(column, '+', by))
        .where((builder) => builder.and(where))
        .execute()
    },
    deleteWhere: async (table, where) => {
      await db
        .deleteFrom(table)
        .where((builder) => builder.and(where))
        .execute()
    },
    upsert: async (table, row) => {
      await db
        .insertInto(table)
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(keys[table])
            .doUpdateSet((builder) =>
              Object.fromEntries(
                othersOf(table, row).map((column) => [column, builder.ref(`excluded.${column}`)]),
              ),
            ),
        )
        .execute()
    },
    raw: async (text) => (await sql.raw<object>(text).execute(db)).rows,
  })
}

function withSavepoints(transaction: ControlledTransaction<Tables>): TransactionOperations {
  const operations: TransactionOperations = {
    ...operationsOn(transaction),
    savepoint: async (work) => {
      const inner = await transaction.savepoint('inner_work').execute()
      try {
        await work(operations)
      } catch (error) {
        await inner.rollbackToSavepoint('inner_work').execute()
        throw error
      }
      await inner.releaseSavepoint('inner_work').execute()
    },
  }
  return operations
}

function othersOf(table: TableName, row: Columns): readonly string[] {
  return Object.keys(row).filter((column) => !keys[table].includes(column))
}
