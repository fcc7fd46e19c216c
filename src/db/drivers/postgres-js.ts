import type { Client, Row } from '../client.ts'

/** What Backstory needs of a postgres.js `sql`, and of the one that `begin` passes on. */
export interface PostgresJsQueries {
  unsafe(text: string, values?: (string | null)[]): PromiseLike<readonly Row[]>
}

/** What Backstory needs of a postgres.js `sql`. */
export interface PostgresJsSql extends PostgresJsQueries {
  reserve(): PromiseLike<unknown>
  begin<Result>(options: string, work: (sql: PostgresJsQueries) => Promise<Result>): Promise<unknown>
}

/** The interface of `db/` on postgres.js. */
export function createPostgresJsClient(sql: PostgresJsSql): Client {
  return {
    ...createQueries(sql),
    transaction: async (work) => {
      // begin's own result type unwraps arrays of promises, so the result is carried out beside it
      let outcome: { readonly value: Awaited<ReturnType<typeof work>> } | undefined
      await sql.begin('isolation level read committed', async (transaction) => {
        outcome = { value: await work(createTransactionClient(transaction)) }
      })
      if (outcome === undefined) throw new TypeError('postgres.js ended a transaction without running it.')
      return outcome.value
    },
  }
}

function createTransactionClient(transaction: PostgresJsQueries): Client {
  const client: Client = { ...createQueries(transaction), transaction: (work) => work(client) }
  return client
}

function createQueries(target: PostgresJsQueries): Pick<Client, 'query' | 'run'> {
  return {
    query: async ({ text, values }) => target.unsafe(text, [...values]),
    run: async (text) => {
      await target.unsafe(text)
    },
  }
}
