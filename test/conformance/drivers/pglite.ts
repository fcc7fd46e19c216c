import type { PGliteInterface, Transaction } from '@electric-sql/pglite'

import { audited } from '../../../src/pglite.ts'
import { byStatement } from '../by-statement.ts'
import type { ConformanceDriver, TransactionOperations } from '../driver.ts'
import { insertText, statementsAsText } from '../statement-text.ts'

/** PGlite itself. */
export const pgliteDriver: ConformanceDriver = {
  name: 'PGlite',
  server: 'PGlite',
  captures: ['trigger'],
  unsupported: {
    'two transactions at once on one row': 'PGlite has one connection.',
  },
  gaps: {},
  connect: async ({ pglite, capture }) => {
    const db = capture === 'none' ? pglite : audited(pglite)
    return {
      ...operationsOn(db),
      transaction: async (work, options) => {
        await db.transaction(async (transaction) => {
          if (options !== undefined)
            await transaction.exec(`set transaction isolation level ${options.isolation}`)
          await work(withSavepoints(transaction))
        })
      },
      insertLazily: (table, row) => {
        const [text, values] = insertText(table, [row])
        return db.query(text, [...values])
      },
      close: () => Promise.resolve(),
    }
  },
}

function operationsOn(target: Pick<PGliteInterface, 'query'>) {
  return byStatement(
    statementsAsText(async (text, values) => (await target.query<object>(text, [...values])).rows),
  )
}

function withSavepoints(transaction: Transaction): TransactionOperations {
  const operations: TransactionOperations = {
    ...operationsOn(transaction),
    savepoint: async (work) => {
      await transaction.exec('savepoint inner_work')
      try {
        await work(operations)
      } catch (error) {
        await transaction.exec('rollback to inner_work')
        throw error
      }
      await transaction.exec('release inner_work')
    },
  }
  return operations
}
