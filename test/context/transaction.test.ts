import type { PGlite, Transaction } from '@electric-sql/pglite'
import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'

import { actingAs, withoutContext } from '../../src/context/context.ts'
import { inTransaction, type TransactionOf } from '../../src/context/transaction.ts'
import { audited as auditedPool } from '../../src/pg.ts'
import { audited as auditedPglite } from '../../src/pglite.ts'
import { audited as auditedSql } from '../../src/postgres.ts'
import { openPglite, openPostgres } from '../support/database.ts'
import { witnessTables, witnessedBy } from './witness.ts'

let postgresDatabase: Awaited<ReturnType<typeof openPostgres>>
let pgliteDatabase: Awaited<ReturnType<typeof openPglite>>
let auditedPgliteDatabase: Awaited<ReturnType<typeof openPglite>>
const pools: pg.Pool[] = []
const sqls: postgres.Sql[] = []

beforeAll(async () => {
  postgresDatabase = await openPostgres()
  pgliteDatabase = await openPglite()
  auditedPgliteDatabase = await openPglite()
  auditedPglite(auditedPgliteDatabase.database)
  for (const database of [postgresDatabase, pgliteDatabase, auditedPgliteDatabase])
    await database.run(witnessTables)
})

afterAll(async () => {
  for (const pool of pools) await pool.end()
  for (const sql of sqls) await sql.end()
  for (const database of [postgresDatabase, pgliteDatabase, auditedPgliteDatabase]) await database.close()
})

/** What the tests do with any transaction: run one statement. */
type Run = (text: string) => PromiseLike<unknown>

interface Leg {
  readonly title: string
  readonly audited: boolean
  readonly transaction: <Value>(work: (run: Run) => Promise<Value>) => Promise<Value>
  readonly query: (text: string) => Promise<Record<string, unknown>[]>
}

function openPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: postgresDatabase.url })
  pools.push(pool)
  return pool
}

function openSql(): postgres.Sql {
  const sql = postgres(postgresDatabase.url, { onnotice: () => undefined, max: 2 })
  sqls.push(sql)
  return sql
}

function onPool(pool: pg.Pool): Leg['transaction'] {
  return (work) => inTransaction(pool, (client) => work((text) => client.query(text)))
}

function onSql(sql: postgres.Sql): Leg['transaction'] {
  return (work) => inTransaction(sql, (transaction) => work((text) => transaction.unsafe(text)))
}

function onPglite(database: PGlite): Leg['transaction'] {
  return (work) => inTransaction(database, (transaction) => work((text) => transaction.query(text)))
}

const legs: readonly {
  readonly title: string
  readonly audited: boolean
  readonly open: () => Omit<Leg, 'title' | 'audited'>
}[] = [
  {
    title: 'pg',
    audited: false,
    open: () => ({ transaction: onPool(openPool()), query: postgresDatabase.query }),
  },
  {
    title: 'pg',
    audited: true,
    open: () => ({ transaction: onPool(auditedPool(openPool())), query: postgresDatabase.query }),
  },
  {
    title: 'postgres.js',
    audited: false,
    open: () => ({ transaction: onSql(openSql()), query: postgresDatabase.query }),
  },
  {
    title: 'postgres.js',
    audited: true,
    open: () => ({ transaction: onSql(auditedSql(openSql())), query: postgresDatabase.query }),
  },
  {
    title: 'PGlite',
    audited: false,
    open: () => ({ transaction: onPglite(pgliteDatabase.database), query: pgliteDatabase.query }),
  },
  {
    title: 'PGlite',
    audited: true,
    open: () => ({
      transaction: onPglite(auditedPgliteDatabase.database),
      query: auditedPgliteDatabase.query,
    }),
  },
]

describe.each(legs)('a transaction on $title (audited: $audited)', ({ open, audited }) => {
  let leg: Omit<Leg, 'title' | 'audited'>

  beforeAll(() => {
    leg = open()
  })

  beforeEach(() => leg.query('truncate deeds, witnessed'))

  const transactAs = <Value>(userId: string | undefined, work: (run: Run) => Promise<Value>) =>
    actingAs({ userId, reason: 'test' }, () => leg.transaction(work))

  test('carries the actor with whatever it is that writes', async () => {
    const result = await transactAs('ada', async (run) => {
      await run(`select do_deed('function')`)
      await run(`insert into deeds (note) values ('insert')`)
      await run(`do $$ begin perform do_deed('block'); end $$`)
      await run('prepare p as select do_deed($1)')
      await run(`execute p('executed')`)
      await run('deallocate p')
      return 7
    })
    expect(result).toBe(7)
    expect(await witnessedBy(leg.query)).toEqual([
      'function by ada',
      'insert by ada',
      'block by ada',
      'executed by ada',
    ])
    expect(await leg.query('select distinct context from witnessed')).toEqual([
      { context: { reason: 'test' } },
    ])
  })

  test('leaves nothing behind for the next', async () => {
    await transactAs('ada', async (run) => run(`select do_deed('1')`))
    await withoutContext(() => leg.transaction(async (run) => run(`select do_deed('2')`)))
    expect(await witnessedBy(leg.query)).toEqual(['1 by ada', '2 by nobody'])
  })

  test.runIf(audited)('carries another actor when it changes inside', async () => {
    await transactAs('ada', async (run) => {
      await run(`select do_deed('1')`)
      await actingAs({ userId: 'bob' }, () => run(`select do_deed('2')`))
      await withoutContext(() => run(`select do_deed('3')`))
      await run(`select do_deed('4')`)
    })
    expect(await witnessedBy(leg.query)).toEqual(['1 by ada', '2 by bob', '3 by nobody', '4 by ada'])
  })

  test('is rolled back with the error of its work', async () => {
    const error = new Error('no')
    const work = transactAs('ada', async (run) => {
      await run(`select do_deed('undone')`)
      throw error
    })
    await expect(work).rejects.toBe(error)
    expect(await witnessedBy(leg.query)).toEqual([])
  })

  test('rejects with the error of its commit, and can be had again', async () => {
    await leg.query('create table if not exists parents (id int primary key)')
    await leg.query(
      'create table if not exists children (parent int references parents deferrable initially deferred)',
    )
    await expect(
      transactAs('ada', async (run) => run('insert into children values (1)')),
    ).rejects.toMatchObject({
      code: '23503',
    })
    await transactAs('ada', async (run) => run(`select do_deed('after')`))
    expect(await witnessedBy(leg.query)).toEqual(['after by ada'])
  })

  test('never resolves when a failed statement has kept it from being committed', async () => {
    const work = transactAs('ada', async (run) => {
      await run(`select do_deed('undone')`)
      await Promise.resolve(run('select 1 / 0')).catch(() => undefined)
    })
    await expect(work).rejects.toThrow()
    expect(await witnessedBy(leg.query)).toEqual([])
  })
})

describe('on pg', () => {
  test.each([false, true])(
    'a connection that dies rejects and is not given back (audited: %s)',
    async (audited) => {
      const pool = openPool()
      if (audited) auditedPool(pool)
      const work = actingAs({ userId: 'ada' }, () =>
        inTransaction(pool, async (client) => {
          await client.query('select pg_terminate_backend(pg_backend_pid())')
        }),
      )
      await expect(work).rejects.toThrow(/terminat/)
      expect({ total: pool.totalCount, waiting: pool.waitingCount }).toEqual({ total: 0, waiting: 0 })
      await actingAs({ userId: 'ada' }, () => inTransaction(pool, (client) => client.query('select 1')))
      expect(pool.idleCount).toBe(1)
    },
  )

  test('a failed statement whose error was caught is told by its own error', async () => {
    const work = inTransaction(openPool(), async (client) => {
      await client.query('select 1 / 0').catch(() => undefined)
    })
    await expect(work).rejects.toMatchObject({ name: 'BackstoryError', code: 'transaction_aborted' })
  })

  test('a database without Backstory says so, where somebody acts', async () => {
    const empty = await openPostgres({ template: 'empty' })
    const pool = new pg.Pool({ connectionString: empty.url })
    const work = () => inTransaction(pool, (client) => client.query('select 1'))
    await expect(actingAs({ userId: 'ada' }, work)).rejects.toMatchObject({ code: 'not_installed' })
    await expect(work()).resolves.toMatchObject({ rowCount: 1 })
    await pool.end()
    await empty.close()
  })

  test('what is no database is refused', async () => {
    const nothing = { totalCount: 0, idleCount: 0, query: () => 1, on: () => 1 }
    // @ts-expect-error -- it cannot connect
    await expect(inTransaction(nothing, () => 1)).rejects.toMatchObject({ code: 'unsupported_database' })
  })
})

test("the work gets the driver's own transaction, and the result keeps its type", () => {
  expectTypeOf<TransactionOf<pg.Pool>>().toEqualTypeOf<pg.PoolClient>()
  expectTypeOf<TransactionOf<postgres.Sql>>().toEqualTypeOf<postgres.TransactionSql>()
  expectTypeOf<TransactionOf<PGlite>>().toEqualTypeOf<Transaction>()
  const work = () => inTransaction(openPool(), async () => 'text' as const)
  expectTypeOf(work).returns.toEqualTypeOf<Promise<'text'>>()
})
