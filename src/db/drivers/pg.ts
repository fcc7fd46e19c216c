import type { Client } from '../client.ts'
import { queryFrequent } from './pg-named.ts'
import { ignore, types, type PgPool, type PgPoolClient } from './pg-pool.ts'

/** The interface of `db/` on a `pg.Pool`. */
export function createPgClient(pool: PgPool): Client {
  const { query, run } = createQueries(pool)
  return {
    query: async (statement) => (statement.isFrequent ? queryFrequent(pool, statement) : query(statement)),
    run,
    transaction: async (work) => {
      const connection = await pool.connect()
      let broken: Error | undefined
      connection.on('error', ignore)
      try {
        await connection.query({ text: 'begin isolation level read committed', types })
        const result = await work(createTransactionClient(connection))
        await connection.query({ text: 'commit', types })
        return result
      } catch (error) {
        await connection.query({ text: 'rollback', types }).catch((failure: Error) => {
          broken = failure
        })
        throw error
      } finally {
        connection.off('error', ignore)
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
      const { rows } = await target.query({ text, values: [...values], types })
      return rows
    },
    run: async (text) => {
      await target.query({ text, types })
    },
  }
}
