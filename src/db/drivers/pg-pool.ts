import type { Row } from '../client.ts'

/** A statement as `pg` takes it. */
export interface PgStatement {
  readonly name?: string
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
  /** The server process that the connection was made to, as it said itself. */
  readonly processID?: number | null
  query(statement: PgStatement): Promise<{ rows: Row[] }>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  release(error?: Error | boolean): void
}

/** Every value as text, which the contract of `Client` asks for: an application may have changed the parsers of its pool. */
export const types = { getTypeParser: () => (value: string) => value }

/** Hears the end of a connection that is in use, which would otherwise end the process; its next statement rejects. */
export function ignore(): void {}
