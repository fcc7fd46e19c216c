import pg from 'pg'

import { audited } from '../../../src/pg.ts'
import { byStatement } from '../by-statement.ts'
import type { ConformanceDriver, TransactionOperations } from '../driver.ts'
import { insertText, statementsAsText } from '../statement-text.ts'

/** `pg` itself. */
export const pgDriver: ConformanceDriver = {
  name: 'pg',
  server: 'PostgreSQL',
  captures: ['trigger'],
  unsupported: {},
  gaps: {},
  connect: async ({ url, capture, connections }) => {
    const plain = new pg.Pool({ connectionString: url, max: connections })
    const pool = capture === 'none' ? plain : audited(plain)
    return {
      ...operationsOn(pool),
      transaction: async (work, options) => {
        const client = await pool.connect()
        try {
          await client.query('begin')
          if (options !== undefined)
            await client.query(`set transaction isolation level ${options.isolation}`)
          await work(withSavepoints(client))
          await client.query('commit')
        } catch (error) {
          await client.query('rollback')
          throw error
        } finally {
          client.release()
        }
      },
      insertLazily: (table, row) => {
        const [text, values] = insertText(table, [row])
        return pool.query(text, [...values])
      },
      close: () => pool.end(),
    }
  },
}

function operationsOn(target: Pick<pg.ClientBase, 'query'>) {
  return byStatement(
    statementsAsText(async (text, values) => (await target.query<object>(text, [...values])).rows),
  )
}

function withSavepoints(client: pg.ClientBase): TransactionOperations {
  const operations: TransactionOperations = {
    ...operationsOn(client),
    savepoint: async (work) => {
      await client.query('savepoint inner_work')
      try {
        await work(operations)
      } catch (error) {
        await client.query('rollback to inner_work')
        throw error
      }
      await client.query('release inner_work')
    },
  }
  return operations
}
