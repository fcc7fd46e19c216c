import { BackstoryError } from '../core/errors.ts'
import type { Client } from './client.ts'
import { explainDriverError } from './driver-errors.ts'
import type { PgPool } from './drivers/pg-pool.ts'
import { createPgClient } from './drivers/pg.ts'
import { createPgliteClient, type PgliteDatabase } from './drivers/pglite.ts'
import { createPostgresJsClient, type PostgresJsSql } from './drivers/postgres-js.ts'
import { toBackstoryError } from './errors.ts'
import { relocate } from './sql.ts'

/** What `createBackstory` takes: a `pg.Pool`, a postgres.js `sql`, or a PGlite. Recognised by their methods. */
export type Database = PgPool | PostgresJsSql | PgliteDatabase

/**
 * The interface of `db/` on whatever the user has, for an installation in `schema`. Errors of our SQL come as
 * `BackstoryError`, and so does what keeps us from the database: `cannot_connect`, `permission_denied`, `read_only`,
 * `timed_out`.
 *
 * @throws BackstoryError `unsupported_database` when it is none of the three
 */
export function connect(database: Database, schema: string): Client {
  return translate(createClient(database), schema)
}

function createClient(database: Database): Client {
  if (isPostgresJsSql(database)) return createPostgresJsClient(database)
  if (isPgliteDatabase(database)) return createPgliteClient(database)
  if (isPgPool(database)) return createPgClient(database)
  throw new BackstoryError(
    'unsupported_database',
    'createBackstory takes a pg.Pool, a postgres.js sql or a PGlite. A single pg.Client cannot serve: hand it the pool.',
  )
}

function isPostgresJsSql(database: unknown): database is PostgresJsSql {
  return typeof database === 'function' && 'unsafe' in database && 'begin' in database
}

function isPgliteDatabase(database: unknown): database is PgliteDatabase {
  return typeof database === 'object' && database !== null && 'exec' in database && 'transaction' in database
}

function isPgPool(database: unknown): database is PgPool {
  return (
    typeof database === 'object' && database !== null && 'connect' in database && 'totalCount' in database
  )
}

function translate(client: Client, schema: string): Client {
  return {
    query: (statement) => client.query({ ...statement, text: relocate(statement.text, schema) }).catch(raise),
    run: (text) => client.run(relocate(text, schema)).catch(raise),
    transaction: (work) => client.transaction((inner) => work(translate(inner, schema))).catch(raise),
  }
}

function raise(error: unknown): never {
  throw explainDriverError(toBackstoryError(error))
}
