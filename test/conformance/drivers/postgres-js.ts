import postgres from 'postgres'

import { audited } from '../../../src/postgres.ts'
import { byStatement } from '../by-statement.ts'
import type { ConformanceDriver, TransactionOperations } from '../driver.ts'
import { keys, type Where } from '../tables.ts'

/** postgres.js. */
export const postgresJsDriver: ConformanceDriver = {
  name: 'postgres.js',
  server: 'PostgreSQL',
  captures: ['trigger'],
  unsupported: {},
  gaps: {},
  connect: async ({ url, capture, connections }) => {
    const plain = postgres(url, {
      max: connections,
      // by default a time becomes a Date of JavaScript on its way out, which has milliseconds
      types: {
        bigint: postgres.BigInt,
        timestamp: { to: 1184, from: [1114, 1184], serialize: String, parse: String },
      },
      onnotice: () => undefined,
    })
    const sql = capture === 'none' ? plain : audited(plain)
    return {
      ...operationsOn(sql),
      transaction: async (work, options) => {
        await sql.begin(options === undefined ? '' : `isolation level ${options.isolation}`, (transaction) =>
          work(withSavepoints(transaction)),
        )
      },
      insertLazily: (table, row) => sql`insert into ${sql(table)} ${sql(row)}`,
      close: () => sql.end(),
    }
  },
}

type Sql = postgres.ISql<{ bigint: bigint; timestamp: string }>

function operationsOn(sql: Sql) {
  return byStatement({
    insertMany: async (table, rows) => {
      await sql`insert into ${sql(table)} ${sql(rows)}`
    },
    updateWhere: async (table, where, changes) => {
      await sql`update ${sql(table)} set ${sql(changes)} where ${matching(sql, where)}`
    },
    increment: async (table, where, column, by) => {
      await sql`update ${sql(table)} set ${sql(column)} = ${sql(column)} + ${by} where ${matching(sql, where)}`
    },
    deleteWhere: async (table, where) => {
      await sql`delete from ${sql(table)} where ${matching(sql, where)}`
    },
    upsert: async (table, row) => {
      await sql`
        insert into ${sql(table)} ${sql(row)}
        on conflict (${sql(keys[table])}) do update set ${sql(row)}`
    },
    raw: async (text) => [...(await sql.unsafe(text))],
  })
}

function matching(sql: Sql, where: Where): postgres.PendingQuery<postgres.Row[]> {
  return Object.entries(where).reduce(
    (conditions, [column, value]) => sql`${conditions} and ${sql(column)} = ${value}`,
    sql`true`,
  )
}

function withSavepoints(
  transaction: postgres.TransactionSql<{ bigint: bigint; timestamp: string }>,
): TransactionOperations {
  return {
    ...operationsOn(transaction),
    savepoint: async (work) => {
      await transaction.savepoint((inner) => work(withSavepoints(inner)))
    },
  }
}
