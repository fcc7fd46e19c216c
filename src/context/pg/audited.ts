import { BackstoryError } from '../../core/errors.ts'
import { bindCallback } from '../bind-callback.ts'
import { createRider, type AuditedOptions, type Rider } from '../rider.ts'
import { rideOn } from './ride.ts'
import { isWireClient, isWireClientClass, type QueryConstructor } from './wire.ts'

/** A `pg.Pool`, any copy and version since 8.11, as far as its type is needed. */
export interface PgPool {
  readonly totalCount: number
  readonly idleCount: number
  connect(...args: never[]): unknown
  query(...args: never[]): unknown
  on(event: 'acquire', listener: (client: never) => void): unknown
}

/** A `pg.Client`, as far as its type is needed. */
export interface PgClient {
  readonly connection: object
  connect(...args: never[]): unknown
  query(...args: never[]): unknown
}

/** A class of `pg` clients, as far as its type is needed. */
export type PgClientClass = abstract new (...args: never[]) => object

/**
 * Makes a `pg.Pool`, or a single `pg.Client`, carry the context of `actingAs` with every write, and gives the same
 * object back: hand it to Drizzle, Kysely, Knex, Prisma's adapter or any other that takes a pool.
 *
 * The context travels in the write's own protocol batch and ends with its transaction: no round trip more, nothing
 * for a read, nothing left for the next borrower of the connection, PgBouncer's transaction mode included.
 * Doing it twice is doing it once.
 *
 * What does not carry it by itself, outside of a transaction: `select f()`, `call`, and a `do` block that ends
 * transactions. `backstory.transaction` is for those.
 *
 * Errors of the driver stay as they are, with two exceptions: a write fails with a `BackstoryError` `not_installed`
 * where Backstory is not in the database, and the message of one that could not be recorded says so.
 *
 * @throws BackstoryError `cannot_carry_context` for pg-native, and for a pool whose connections are in use already;
 * `invalid_argument` for a schema that is no plain name, or another one than before
 *
 * @example
 * const pool = audited(new pg.Pool())
 * await actingAs({ userId: 'ada' }, () => pool.query('update characters set name = $1', ['Sparrowhawk']))
 */
export function audited<Target extends PgPool | PgClient>(
  target: Target,
  options: AuditedOptions = {},
): Target {
  const rider = createRider(options)
  const before = schemas.get(target)
  if (before === rider.schema) return target
  if (before !== undefined) {
    throw new BackstoryError(
      'invalid_argument',
      `This pool is audited already, for the schema '${before}': it cannot be for '${rider.schema}' too.`,
    )
  }
  if (isPool(target)) ridePool(target, rider)
  else rideClient(target, rider)
  schemas.set(target, rider.schema)
  return target
}

/**
 * Makes a class of clients whose every instance is audited, for libraries that take the class and not the pool:
 * `new DataSource({ type: 'postgres', extra: { Client: auditClient(pg.Client) } })`.
 *
 * @throws BackstoryError as `audited`
 */
export function auditClient<Class extends PgClientClass>(
  clientClass: Class,
  options: AuditedOptions = {},
): Class {
  const rider = createRider(options)
  if (!isWireClientClass(clientClass)) throw cannotCarry()
  const { Query } = clientClass
  return new Proxy(clientClass, {
    construct(target, args, newTarget) {
      const client: object = Reflect.construct(target, args, newTarget)
      rideIfPossible(client, Query, rider)
      return client
    },
  })
}

const schemas = new WeakMap<object, string>()

function isPool(target: PgPool | PgClient): target is PgPool {
  return 'totalCount' in target
}

function ridePool(pool: PgPool, rider: Rider): void {
  const clientClass: unknown = Reflect.get(pool, 'Client')
  if (!isWireClientClass(clientClass)) throw cannotCarry()
  const { Query } = clientClass
  if (pool.totalCount > pool.idleCount) {
    throw new BackstoryError(
      'cannot_carry_context',
      `${pool.totalCount - pool.idleCount} connections of this pool are in use: give it to audited() before its first query.`,
    )
  }
  // for clients that are to be made; those that are there already are met when they are acquired
  Reflect.set(pool, 'Client', auditClient(clientClass, { schema: rider.schema }))
  pool.on('acquire', (client) => rideIfPossible(client, Query, rider))
  // pg-pool calls a waiting query in the async context of whoever releases the client: bind it to the caller's
  const { connect } = pool
  Object.defineProperty(pool, 'connect', {
    value: (...args: unknown[]) => Reflect.apply(connect, pool, args.map(bindCallback)),
    writable: true,
    configurable: true,
  })
}

function rideClient(client: PgClient, rider: Rider): void {
  const { constructor } = client
  if (!isWireClientClass(constructor) || !rideIfPossible(client, constructor.Query, rider))
    throw cannotCarry()
}

function rideIfPossible(client: unknown, Query: QueryConstructor, rider: Rider): boolean {
  if (!isWireClient(client)) return false
  rideOn(client, Query, rider)
  return true
}

function cannotCarry(): BackstoryError {
  return new BackstoryError(
    'cannot_carry_context',
    'Only the JavaScript client of pg can carry the context of actingAs in the batch of a write, not pg-native nor a driver over HTTP: use pg.Pool, or set the context by hand with select backstory.set_context(…) in each transaction.',
  )
}
