import type { Client, Row } from '../client.ts'

/** What Backstory needs of a `pg.Pool`. */
export interface PgPool {
  query(text: string, values?: unknown[]): Promise<{ rows: Row[] }>
  connect(): Promise<PgPoolClient>
}

/** What Backstory needs of a client that was checked out of a `pg.Pool`. */
export interface PgPoolClient {
  query(text: string, values?: unknown[]): Promise<{ rows: Row[] }>
  release(error?: Error | boolean): void
}

/** The interface of `db/` on a `pg.Pool`. */
export function createPgClient(pool: PgPool): Client {
  return {
    ...createQueries(pool),
    transaction: async (work) => {
      const connection = await pool.connect()
      let broken: Error | undefined
      try {
        await connection.query('begin isolation level read committed')
        const result = await work(createTransactionClient(connection))
        await connection.query('commit')
        return result
      } catch (error) {
        await connection.query('rollback').catch((failure: Error) => {
          broken = failure
        })
        throw error
      } finally {
        connection.release(broken)
      }
    },
  }
}

function createTransactionClient(connection: PgPoolClient): Client {
  const client: Client = { ...createQueries(connection), transaction: (work) => work(client) }
  return client
}

function createQueries(target: Pick<PgPoolClient, 'query'>): Pick<Client, 'query' | 'run'> {
  return {
    query: async ({ text, values }) => {
      const { rows } = await target.query(text, [...values])
      return rows
    },
    run: async (text) => {
      await target.query(text)
    },
  }
}
