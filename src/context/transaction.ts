import { BackstoryError } from '../core/errors.ts'
import { currentContextText } from './context.ts'
import { explainError } from './explain-error.ts'
import { laneOf } from './lane.ts'
import type { PgPool } from './pg/audited.ts'
import type { PgliteDatabase } from './pglite/audited.ts'
import type { PostgresSql } from './postgres-js/audited.ts'
import { createRider, type AuditedOptions, type Rider } from './rider.ts'

/** What a transaction can be opened on: a `pg.Pool`, a `sql` of postgres.js, or a PGlite; audited or not. */
export type TransactionalDatabase = PgPool | PostgresSql | PgliteDatabase

/**
 * What the driver itself hands to a transaction: the `PoolClient` of `pg`, the `TransactionSql` of postgres.js, the
 * `Transaction` of PGlite.
 */
export type TransactionOf<Database> = Database extends {
  begin(options: string, work: (sql: infer Sql) => unknown): unknown
}
  ? Sql
  : Database extends { transaction(work: (transaction: infer Transaction) => Promise<unknown>): unknown }
    ? Transaction
    : Database extends { connect(callback: (error: never, client: infer Client, done: never) => void): void }
      ? NonNullable<Client>
      : never

/**
 * Runs `work` in a transaction in which everything is recorded under the context in force here, whatever it is
 * that writes: `select f()` and `call` too, for which a single statement cannot tell. Commits when `work` resolves;
 * rolls back when it rejects, with its error. `work` gets the driver's own transaction.
 *
 * On an audited database the context may change inside, and the next statement carries the new one. On any other
 * it is sent once, at the beginning.
 *
 * Costs the round trips of a transaction, and one more on a postgres.js that is not audited.
 *
 * @throws BackstoryError `transaction_aborted` when a statement failed and `work` resolved all the same: nothing was
 * committed (the other drivers have their own error for that); `not_installed`
 */
export async function inTransaction<Database extends TransactionalDatabase, Value>(
  database: Database,
  work: (transaction: TransactionOf<Database>) => Value | PromiseLike<Value>,
  options: AuditedOptions = {},
): Promise<Awaited<Value>> {
  const rider = createRider(options)
  if (typeof work !== 'function') {
    throw new BackstoryError(
      'invalid_argument',
      'transaction takes a function: backstory.transaction(async (transaction) => …).',
    )
  }
  let outcome: { readonly value: Awaited<Value> } | undefined
  const workOn = async (transaction: unknown) => {
    // it is what the driver of this very database has handed out
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which no check could tell
    outcome = { value: await work(transaction as TransactionOf<Database>) }
  }
  try {
    await open(database, rider, workOn)
  } catch (error) {
    throw explainError(error, rider.schema)
  }
  if (outcome === undefined) throw new TypeError('The driver ended a transaction without running it.')
  return outcome.value
}

type Work = (transaction: unknown) => Promise<void>

function open(database: TransactionalDatabase, rider: Rider, work: Work): Promise<unknown> {
  if (isPostgres(database)) {
    return database.begin((sql) =>
      carryFirst(sql, () => sql.unsafe(rider.inline(currentContextText())), work),
    )
  }
  if (isPglite(database)) {
    return database.transaction((transaction) =>
      carryFirst(transaction, () => transaction.query(rider.bound, rider.values(currentContextText())), work),
    )
  }
  if (isPool(database)) return openOnPool(database, rider, work)
  throw new BackstoryError(
    'unsupported_database',
    'A transaction needs a pg.Pool, a postgres.js sql or a PGlite.',
  )
}

async function carryFirst(handle: object, send: () => PromiseLike<unknown>, work: Work): Promise<void> {
  if (!carriesByItself(handle) && currentContextText() !== '') await send()
  await work(handle)
}

/** Whether the handle is audited. Its reads then carry the context too, until the transaction ends. */
function carriesByItself(handle: object): boolean {
  const lane = laneOf(handle)
  if (lane === undefined) return false
  lane.standing = { ...lane.standing, eager: true }
  return true
}

async function openOnPool(pool: RawPool, rider: Rider, work: Work): Promise<void> {
  const client = await pool.connect()
  const context = currentContextText()
  let failure: Error | undefined
  // a connection that dies between two queries would otherwise end the process; the next query rejects anyway
  const ignore = () => undefined
  client.on('error', ignore)
  try {
    await client.query(
      laneOf(client) === undefined && context !== '' ? `begin;${rider.inline(context)}` : 'begin',
    )
    carriesByItself(client)
    await work(client)
    const { command } = await client.query('commit')
    if (command === 'ROLLBACK') {
      throw new BackstoryError(
        'transaction_aborted',
        'A statement of this transaction failed, so that none of it was committed, though its error was caught: let it through, or use a savepoint.',
      )
    }
  } catch (error) {
    await client.query('rollback').catch((reason: unknown) => {
      failure = reason instanceof Error ? reason : new Error(String(reason))
    })
    throw error
  } finally {
    client.off('error', ignore)
    client.release(failure)
  }
}

interface RawPool {
  connect(): Promise<RawClient>
}

interface RawClient {
  query(text: string): Promise<{ readonly command?: string }>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  release(error?: Error): void
}

interface RawSql {
  begin(work: (sql: { unsafe(text: string): PromiseLike<unknown> }) => Promise<void>): Promise<unknown>
}

interface RawPglite {
  transaction(
    work: (transaction: {
      query(text: string, values: readonly unknown[]): Promise<unknown>
    }) => Promise<void>,
  ): Promise<unknown>
}

function isPostgres(database: object): database is RawSql {
  return typeof database === 'function' && 'begin' in database && 'unsafe' in database
}

function isPglite(database: object): database is RawPglite {
  return 'transaction' in database && 'exec' in database
}

function isPool(database: object): database is RawPool {
  return 'connect' in database && 'totalCount' in database
}
