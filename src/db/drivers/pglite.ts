import type { Client, Row } from '../client.ts'

/** What Backstory needs of PGlite and of the transaction that it opens. */
export interface PgliteQueries {
  query(text: string, values?: unknown[]): Promise<{ rows: Row[] }>
  exec(text: string): Promise<unknown>
}

/** What Backstory needs of a PGlite database. */
export interface PgliteDatabase extends PgliteQueries {
  transaction<Result>(work: (transaction: PgliteQueries) => Promise<Result>): Promise<Result>
}

/** The interface of `db/` on PGlite. */
export function createPgliteClient(pglite: PgliteDatabase): Client {
  return {
    ...createQueries(pglite),
    transaction: (work) => pglite.transaction((transaction) => work(createTransactionClient(transaction))),
  }
}

function createTransactionClient(transaction: PgliteQueries): Client {
  const client: Client = { ...createQueries(transaction), transaction: (work) => work(client) }
  return client
}

function createQueries(target: PgliteQueries): Pick<Client, 'query' | 'run'> {
  return {
    query: async ({ text, values }) => {
      const { rows } = await target.query(text, [...values])
      return rows
    },
    run: async (text) => {
      await target.exec(text)
    },
  }
}
