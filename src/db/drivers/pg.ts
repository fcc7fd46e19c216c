import type { Client, Row } from '../client.ts'

/** A statement as `pg` takes it. */
interface PgStatement {
  readonly text: string
  readonly values?: (string | null)[]
  readonly types: { getTypeParser(): (value: string) => string }
}

/** What Backstory needs of a `pg.Pool`. */
export interface PgPool {
  readonly totalCount: number
  readonly idleCount: number
  on(event: 'acquire', listener: (client: never) => void): unknown
  query(statement: PgStatement): Promise<{ rows: Row[] }>
  connect(): Promise<PgPoolClient>
}

/** What Backstory needs of a client that was checked out of a `pg.Pool`. */
export interface PgPoolClient {
  query(statement: PgStatement): Promise<{ rows: Row[] }>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  release(error?: Error | boolean): void
}

/** The interface of `db/` on a `pg.Pool`. */
export function createPgClient(pool: PgPool): Client {
  return {
    ...createQueries(pool),
    transaction: async (work) => {
      const connection = await pool.connect()
      let broken: Error | undefined
      // a connection that dies between two statements would otherwise end the process; the next statement rejects
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

// an application may have changed the parsers of its pool; text is what the contract of Client asks for
const types = { getTypeParser: () => (value: string) => value }

function ignore(): void {}
