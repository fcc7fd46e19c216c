import type { Client, Row, Statement } from './client.ts'
import { sql } from './sql.ts'

const rowsPerPage = 500

/**
 * The rows of a statement, page by page, as of one snapshot: by a cursor in a transaction of its own. A connection is
 * taken with the first page and given back after the last, or when the consumer stops. While the consumer is busy with a
 * page, the next one is on its way.
 *
 * @param once asked on the same connection, after the first page and before it is given: a consumer who asked on another
 *   one would wait for it with this one in his hand, and so would all others
 */
export async function* streamRows(
  client: Client,
  statement: Statement,
  once?: (connection: Client) => Promise<void>,
): AsyncGenerator<readonly Row[]> {
  // the transaction is a callback and the consumer a loop: they hand each other pages and the wish for more
  let demand = Promise.withResolvers<boolean>()
  let supply = Promise.withResolvers<readonly Row[]>()
  const transaction = client.transaction(async (connection) => {
    await connection.query(sql`declare backstory_stream no scroll cursor for ${statement}`)
    let coming = fetchPage(connection)
    if (once !== undefined) {
      await coming
      await once(connection)
    }
    while (await demand.promise) {
      demand = Promise.withResolvers()
      const rows = await coming
      const isLast = rows.length < rowsPerPage
      if (!isLast) coming = fetchPage(connection)
      supply.resolve(rows)
      if (isLast) return
    }
    // the connection is given back when it has nothing to do
    await coming
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

function fetchPage(connection: Client): Promise<readonly Row[]> {
  const page = connection.query(sql`fetch ${{ text: String(rowsPerPage), values: [] }} from backstory_stream`)
  // thrown where it is awaited
  page.catch(() => {})
  return page
}
