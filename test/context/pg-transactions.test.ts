import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { actingAs, withoutContext } from '../../src/context/context.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { preparations, statement } from './pg-styles.ts'
import { witnessTables, witnessedBy } from './witness.ts'

let database: Awaited<ReturnType<typeof openPostgres>>
let client: pg.Client

beforeAll(async () => {
  database = await openPostgres()
  await database.run(witnessTables)
  client = audited(new pg.Client({ connectionString: database.url }))
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await database.close()
})

beforeEach(() => database.run('truncate deeds, witnessed'))

describe.each(preparations)('with %s statements', (preparation) => {
  const insert = (note: string | null, target: pg.ClientBase = client) =>
    target.query(statement(preparation, 'insert into deeds (note) values ($1)', [note]))
  const insertAs = (userId: string | undefined, note: string) => actingAs({ userId }, () => insert(note))

  test.each(['read uncommitted', 'read committed', 'repeatable read', 'serializable'])(
    'at isolation level %s, set by begin or after it',
    async (level) => {
      await actingAs({ userId: 'ada' }, async () => {
        await client.query(`begin isolation level ${level}`)
        await insert('a')
        await client.query('commit')
        await client.query('begin')
        await client.query(`set transaction isolation level ${level}`)
        await insert('b')
        const { rows } = await client.query('show transaction_isolation')
        expect(rows).toEqual([{ transaction_isolation: level }])
        await client.query('commit')
        await client.query(
          `start transaction isolation level ${level}; insert into deeds (note) values ('c'); commit`,
        )
      })
      expect(await witnessedBy(database.query)).toEqual(['a by ada', 'b by ada', 'c by ada'])
    },
  )

  test('the actor changes and goes away in mid-transaction', async () => {
    await client.query('begin')
    await insert('0')
    await insertAs('ada', '1')
    await insertAs('ada', '2')
    await insertAs('bob', '3')
    await insert('4')
    await insert('5')
    await insertAs('bob', '6')
    await client.query('commit')
    await insert('7')
    expect(await witnessedBy(database.query)).toEqual([
      '0 by nobody',
      '1 by ada',
      '2 by ada',
      '3 by bob',
      '4 by nobody',
      '5 by nobody',
      '6 by bob',
      '7 by nobody',
    ])
  })

  test('a savepoint that is rolled back takes back neither the actor before it nor leaves the one within', async () => {
    await client.query('begin')
    await insertAs('ada', '1')
    await client.query('savepoint s')
    await insertAs('bob', 'undone')
    await client.query('rollback to savepoint s')
    await insertAs('bob', '2')
    await client.query('savepoint s')
    await insert('undone')
    await client.query('rollback to s')
    await insert('3')
    await client.query('release s')
    await insertAs('ada', '4')
    await client.query('commit')
    expect(await witnessedBy(database.query)).toEqual(['1 by ada', '2 by bob', '3 by nobody', '4 by ada'])
  })

  test('a failed statement is rolled back to its savepoint and tried again', async () => {
    await actingAs({ userId: 'ada' }, async () => {
      await client.query('begin')
      await client.query('savepoint s')
      await expect(insert(null)).rejects.toMatchObject({ code: '23502' })
      await expect(insert('in vain')).rejects.toMatchObject({ code: '25P02' })
      await client.query('rollback to s')
      await insert('1')
      await client.query('commit')
      await expect(insert(null)).rejects.toMatchObject({ code: '23502' })
      await insert('2')
    })
    expect(await witnessedBy(database.query)).toEqual(['1 by ada', '2 by ada'])
  })

  test('queries that are queued all at once', async () => {
    await Promise.all([
      insertAs('ada', '1'),
      insert('2'),
      client.query('begin'),
      insertAs('bob', '3'),
      insert('4'),
      client.query('savepoint s'),
      insertAs('cyd', 'undone'),
      client.query('rollback to s'),
      insertAs('cyd', '5'),
      client.query('commit'),
      insertAs('dee', '6'),
      insert('7'),
    ])
    expect(await witnessedBy(database.query)).toEqual([
      '1 by ada',
      '2 by nobody',
      '3 by bob',
      '4 by nobody',
      '5 by cyd',
      '6 by dee',
      '7 by nobody',
    ])
  })

  test('a transaction that is chained to another, in statements and in one text', async () => {
    await actingAs({ userId: 'ada' }, async () => {
      await client.query('begin')
      await insert('1')
      await client.query('commit and chain')
      await insert('2')
      await client.query(
        `commit and chain; insert into deeds (note) values ('3'); rollback; insert into deeds (note) values ('4')`,
      )
    })
    expect(await witnessedBy(database.query)).toEqual(['1 by ada', '2 by ada', '4 by ada'])
  })

  test("a function that is called by a read never writes under another's name", async () => {
    await client.query('begin')
    await insertAs('ada', '1')
    await actingAs({ userId: 'bob' }, () => client.query(`select do_deed('2')`))
    await client.query(`select do_deed('3')`)
    await client.query('commit')
    expect(await witnessedBy(database.query)).toEqual(['1 by ada', '2 by bob', '3 by nobody'])
  })

  test('a context that was set by hand is left alone where nobody acts', async () => {
    await client.query('begin')
    await client.query(`select backstory.set_context('{"userId": "by hand"}')`)
    await insert('1')
    await client.query('savepoint s')
    await client.query('rollback to s')
    await insert('2')
    await insertAs('ada', '3')
    await client.query('commit')
    expect(await witnessedBy(database.query)).toEqual(['1 by by hand', '2 by by hand', '3 by ada'])
  })

  test('a deadlock victim and a serialization failure leave no entry, their retry has its actor', async () => {
    const pool = audited(new pg.Pool({ connectionString: database.url, max: 2 }))
    await database.query(`insert into deeds (note) values ('x'), ('y')`)
    await database.run('truncate witnessed')
    const retried: unknown[] = []
    const update = async (userId: string, isolation: string, steps: readonly string[]) => {
      await actingAs({ userId }, async () => {
        for (;;) {
          const one = await pool.connect()
          try {
            await one.query(`begin isolation level ${isolation}`)
            for (const note of steps) {
              const text = 'update deeds set note = note where note = $1'
              await one.query(statement(preparation, text, [note]))
              await bothArrived()
            }
            await one.query('commit')
            return
          } catch (error) {
            await one.query('rollback')
            retried.push(error instanceof Error && 'code' in error ? error.code : error)
          } finally {
            one.release()
          }
        }
      })
    }
    let arrivals = 0
    let wake = () => {}
    // the first two to have taken their first step wait for each other
    const bothArrived = async () => {
      arrivals++
      if (arrivals === 1) await new Promise<void>((resolve) => (wake = resolve))
      else wake()
    }
    await Promise.all([
      update('ada', 'read committed', ['x', 'y']),
      update('bob', 'read committed', ['y', 'x']),
    ])
    arrivals = 0
    const reading = 'select count(*) from deeds'
    const first = await pool.connect()
    const second = await pool.connect()
    for (const one of [first, second]) {
      await one.query('begin isolation level serializable')
      await one.query(reading)
    }
    await actingAs({ userId: 'cyd' }, () => insert('by cyd', first))
    await first.query('commit')
    const write = () => actingAs({ userId: 'dee' }, () => insert('by dee', second))
    await expect(write().then(() => second.query('commit'))).rejects.toMatchObject({ code: '40001' })
    await second.query('rollback')
    await write()
    first.release()
    second.release()
    await pool.end()
    expect(new Set(retried)).toEqual(new Set(['40P01']))
    const lines = await witnessedBy(database.query)
    expect(lines.toSorted()).toEqual(
      ['by cyd by cyd', 'by dee by dee', 'x by ada', 'x by bob', 'y by ada', 'y by bob'].toSorted(),
    )
  })
})

test('entries are exactly where the data is, and under the right name, whatever is done in whatever order', async () => {
  const actors = ['ada', 'bob', undefined]
  const step = fc.record({
    actor: fc.constantFrom(...actors),
    prepared: fc.constantFrom(...preparations),
    awaited: fc.boolean(),
    action: fc.constantFrom(
      ...['begin', 'begin isolation level serializable', 'commit', 'rollback', 'commit and chain'],
      ...['savepoint s', 'rollback to s', 'release s', 'select 1', 'discard plans'],
      ...[
        'insert',
        'insert',
        'insert',
        'fail',
        'text',
        'function',
        'begin; text; commit; text',
        'text; begin; text',
      ],
    ),
  })
  let count = 0
  const run = async (
    action: string,
    actor: string | undefined,
    preparation: (typeof preparations)[number],
  ) => {
    const note = () => `${++count} ${actor ?? 'nobody'}`
    // in a transaction a function that a read calls names somebody else, or nobody, but never a third
    if (action === 'function') return client.query(`select do_deed('${count + 1} called')`, [])
    const text = action.replaceAll('text', () => `insert into deeds (note) values ('${note()}')`)
    if (text !== action) return client.query(text)
    const insert = 'insert into deeds (note) values ($1)'
    if (action === 'insert') return client.query(statement(preparation, insert, [note()]))
    if (action === 'fail') return client.query(statement(preparation, insert, [null]))
    return client.query(action)
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const all: Promise<unknown>[] = []
      for (const { action, actor, prepared, awaited } of steps) {
        const done = actingAs({ userId: actor }, () => run(action, actor, prepared)).catch(
          (error: unknown) => error,
        )
        all.push(done)
        if (awaited) await done
      }
      await Promise.all(all)
      await client.query('rollback')
      const rows = await database.query(
        'select note, user_id from witnessed where note not like $1 order by id',
        ['%called'],
      )
      for (const { note, user_id: userId } of rows) {
        expect(`${String(note).split(' ')[1]}`).toBe(userId ?? 'nobody')
      }
      const data = await database.query('select note from deeds order by id')
      const entries = await database.query('select note from witnessed order by id')
      expect(entries).toEqual(data)
      await database.run('truncate deeds, witnessed')
    }),
    { numRuns: 150 },
  )
})

test("an audited client is nobody's again outside of a context within a context", async () => {
  await actingAs({ userId: 'ada' }, () =>
    withoutContext(() => client.query(`insert into deeds (note) values ('a')`)),
  )
  expect(await witnessedBy(database.query)).toEqual(['a by nobody'])
})
