import type { Client, Row, Statement } from './client.ts'
import { sql } from './sql.ts'

const rowsPerPage = 500

/**
 * The rows of a statement, page by page, as of one snapshot: by a cursor in a transaction of its own. A connection is
 * taken with the first page and given back after the last, or when the consumer stops; the next page is read when it is
 * asked for.
 */
export async function* streamRows(client: Client, statement: Statement): AsyncGenerator<readonly Row[]> {
  // the transaction is a callback and the consumer a loop: they hand each other pages and the wish for more
  let demand = Promise.withResolvers<boolean>()
  let supply = Promise.withResolvers<readonly Row[]>()
  const transaction = client.transaction(async (connection) => {
    await connection.query(sql`declare backstory_stream no scroll cursor for ${statement}`)
    while (await demand.promise) {
      demand = Promise.withResolvers()
      const rows = await connection.query(
        sql`fetch ${{ text: String(rowsPerPage), values: [] }} from backstory_stream`,
      )
      supply.resolve(rows)
      if (rows.length < rowsPerPage) return
    }
  })
  transaction.catch((error: unknown) => {
    // nobody may be waiting for it, and it is thrown below all the same
    supply.promise.catch(() => {})
    supply.reject(error)
  })
  try {
    for (;;) {
      demand.resolve(true)
      const rows = await supply.promise
      supply = Promise.withResolvers()
      if (rows.length > 0) yield rows
      if (rows.length < rowsPerPage) return
    }
  } finally {
    demand.resolve(false)
    await transaction
  }
}
