import { AsyncResource } from 'node:async_hooks'
import { readFile } from 'node:fs/promises'

import { BackstoryError } from '../../core/errors.ts'
import { started, withoutContext } from '../context.ts'
import { assignLane } from '../lane.ts'
import { idle, opened, rewind } from '../plan-riders.ts'
import { createRider, type AuditedOptions } from '../rider.ts'
import { carry, type Ride } from './carry.ts'
import { isQuery, isRawSql, type Query, type RawSql } from './query.ts'

/** A postgres.js `sql`, as far as its type is needed. */
export interface PostgresSql {
  unsafe(...args: never[]): PromiseLike<unknown>
  begin(...args: never[]): PromiseLike<unknown>
  reserve(...args: never[]): PromiseLike<unknown>
}

/**
 * Makes a postgres.js `sql` that carries the context of `actingAs` with every write, and is otherwise the one that
 * was given: use it in its place. Transactions (`begin`, `savepoint`) and reserved connections of it carry too.
 *
 * The context travels in the same write to the socket as the statement and ends with its transaction: no round trip
 * more, nothing for a read. A write with values outside of a transaction is sent as `begin`, write, `commit`, on a
 * connection that is taken from the pool for it. Doing it twice is doing it once.
 *
 * What does not carry it by itself, outside of a transaction: `select f()`, `call`, a `do` block that ends
 * transactions, and a write with `.cursor()`. `backstory.transaction`, or `sql.begin` for the last, is for those.
 *
 * Errors of the driver stay as they are, with the two exceptions that `audited` of `backstory/pg` has.
 *
 * @throws BackstoryError `cannot_carry_context` where this is not a `sql` of postgres.js 3.4, `invalid_argument` for
 * a schema that is no plain name, or another one than before
 *
 * @example
 * const sql = audited(postgres())
 * await actingAs({ userId: 'ada' }, () => sql`update characters set name = ${name} where id = ${id}`)
 */
export function audited<Sql extends PostgresSql>(sql: Sql, options: AuditedOptions = {}): Sql {
  const rider = createRider(options)
  const before = auditedSqls.get(sql)
  if (before === rider.schema) return sql
  if (before !== undefined) {
    throw new BackstoryError(
      'invalid_argument',
      `This sql is audited already, for the schema '${before}': it cannot be for '${rider.schema}' too.`,
    )
  }
  if (!isRawSql(sql)) {
    throw new BackstoryError(
      'cannot_carry_context',
      'audited of backstory/postgres takes the sql of postgres.js 3.4 or later.',
    )
  }
  const connections = sql.options?.max === 1 ? 'one' : 'many'
  const proxy = wrap(sql, { sql, rider, connections, standing: idle })
  auditedSqls.set(proxy, rider.schema)
  return proxy
}

const auditedSqls = new WeakMap<object, string>()

function wrap<Sql extends RawSql>(sql: Sql, ride: Ride): Sql {
  const methods = createMethods(ride)
  const proxy = new Proxy(sql, {
    apply: (target, _self, args) => adopt(target(...args), ride),
    get: (target, key) => methods.get(key) ?? Reflect.get(target, key),
  })
  assignLane(proxy, ride)
  return proxy
}

type Method = (...args: unknown[]) => unknown

function createMethods(ride: Ride): ReadonlyMap<string | symbol, Method> {
  const { sql, rider } = ride
  const { begin, reserve, savepoint } = sql
  const methods = new Map<string | symbol, Method>([
    ['unsafe', (...args) => adopt(Reflect.apply(sql.unsafe, undefined, args), ride)],
    ['file', (...args) => adoptFile(sql.file(...args), args[0], ride)],
  ])
  // connections that are made on the way must not remember who needed them first
  if (begin !== undefined) {
    methods.set('begin', (...args) => {
      const work = wrapWork(args, (inner) => ({ sql: inner, rider, connections: 'one', standing: opened }))
      return withoutContext(() => begin(...work))
    })
  }
  if (reserve !== undefined) {
    methods.set('reserve', () =>
      withoutContext(async () => {
        const reserved = await reserve()
        return wrap(reserved, { sql: reserved, rider, connections: 'one', standing: idle })
      }),
    )
  }
  if (savepoint !== undefined) {
    methods.set('savepoint', async (...args) => {
      try {
        return await savepoint(...wrapWork(args, () => ride))
      } catch (error) {
        ride.standing = rewind(ride.standing)
        throw error
      }
    })
  }
  return methods
}

/** Replaces the callback among the arguments by one that gets an audited `sql` and runs in the present context. */
function wrapWork(args: readonly unknown[], createRide: (inner: RawSql) => Ride): unknown[] {
  return args.map((work) =>
    typeof work === 'function'
      ? AsyncResource.bind((inner: unknown) => {
          const wrapped = isRawSql(inner) ? wrap(inner, createRide(inner)) : inner
          const given: unknown = Reflect.apply(work, undefined, [wrapped])
          // queries that are given back would be started by the driver, in nobody's context
          return Array.isArray(given) ? given.map(started) : started(given)
        })
      : work,
  )
}

function adopt(value: unknown, ride: Ride): unknown {
  if (isQuery(value)) {
    const { handler } = value
    value.handler = (query) => carry(ride, query, handler)
  }
  return value
}

// postgres.js reads the file when the query starts, and hands it on where we do not see it: read it ourselves
function adoptFile(query: Query, path: unknown, ride: Ride): Query {
  const run = ride.sql.unsafe('').handler
  query.handler = (sent) => {
    readFile(String(path), 'utf8').then(
      (text) => {
        sent.strings = [text]
        carry(ride, sent, run)
      },
      (error: unknown) => sent.reject(error),
    )
  }
  return query
}
