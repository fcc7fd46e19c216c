import knexModule, { type Knex } from 'knex'
import pg from 'pg'

import { audited } from '../../../src/pg.ts'
import { byStatement } from '../by-statement.ts'
import type { ConformanceDriver, TransactionOperations } from '../driver.ts'
import { keys, type Columns } from '../tables.ts'

/** Knex on a pool of `pg`. */
export const knexDriver: ConformanceDriver = {
  name: 'Knex',
  server: 'PostgreSQL',
  captures: ['trigger'],
  unsupported: {},
  gaps: {},
  connect: async ({ url, capture, connections }) => {
    const pool = new pg.Pool({ connectionString: url, max: connections })
    const db = knexModule.knex({ client: 'pg', connectionPool: capture === 'none' ? pool : audited(pool) })
    return {
      ...operationsOn(db),
      transaction: async (work, options) => {
        await db.transaction(
          (transaction) => work(withSavepoints(transaction)),
          options === undefined ? {} : { isolationLevel: options.isolation },
        )
      },
      insertLazily: (table, row) => db(table).insert(forKnex(row)),
      close: async () => {
        await db.destroy()
        await pool.end()
      },
    }
  },
}

function operationsOn(db: Knex) {
  return byStatement({
    insertMany: async (table, rows) => {
      await db(table).insert(rows.map(forKnex))
    },
    updateWhere: async (table, where, changes) => {
      await db(table).where(forKnex(where)).update(forKnex(changes))
    },
    increment: async (table, where, column, by) => {
      await db(table).where(forKnex(where)).increment(column, by)
    },
    deleteWhere: async (table, where) => {
      await db(table).where(forKnex(where)).delete()
    },
    upsert: async (table, row) => {
      await db(table)
        .insert(forKnex(row))
        .onConflict([...keys[table]])
        .merge()
    },
    raw: async (text) => {
      const { rows } = await db.raw<{ rows: readonly unknown[] }>(text)
      return rows
    },
  })
}

function withSavepoints(transaction: Knex.Transaction): TransactionOperations {
  return {
    ...operationsOn(transaction),
    savepoint: async (work) => {
      await transaction.transaction((inner) => work(withSavepoints(inner)))
    },
  }
}

// the types of Knex want a mutable row
function forKnex(columns: Columns): Record<string, unknown> {
  return { ...columns }
}
