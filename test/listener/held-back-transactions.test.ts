import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/index.ts'
import { createRecorder } from '../../src/orm/recorder.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { announce, createHeroes, flushClientOfPg, insertStranger, renameHero } from '../support/flush.ts'
import { readEntries } from '../support/log.ts'

const recorder = createRecorder()
let db: Awaited<ReturnType<typeof openPostgres>>
let pool: pg.Pool
let client: pg.PoolClient
let start: number

beforeAll(async () => {
  db = await openPostgres()
  await createHeroes(db)
  pool = audited(new pg.Pool({ connectionString: db.url, max: 2 }))
  // what ends a connection is told to whoever asks next
  pool.on('connect', (connected) => connected.on('error', () => undefined))
})

afterAll(async () => {
  await pool.end()
  await db.close()
})

beforeEach(async () => {
  await db.run(
    `truncate hero, stranger, deed; insert into hero values (1, 'Ged'), (2, 'Tenar'), (3, 'Yarrow')`,
  )
  start = (await readEntries(db)).length
  client = await pool.connect()
  return async () => {
    await client.query('rollback').catch(() => undefined)
    client.release()
  }
})

const rename = (id: number, name: string) => renameHero(client, id, name)

const notTracked = { name: 'BackstoryError', code: 'not_tracked' }

/** What was written since the test began: what, which, its new name, by whom. */
async function written(): Promise<readonly string[]> {
  return (await readEntries(db)).slice(start).map(({ action, elementType, elementId, changes, userId }) => {
    const after: unknown = Object(changes)['after']
    const text = String(Object(after)['name'] ?? Object(after)['note'])
    return `${action} ${elementType} ${elementId}: ${text}${userId === null ? '' : ` by ${userId}`}`
  })
}

describe('what is held back', () => {
  test('goes with a rollback, and so does the number of its photograph', async () => {
    await client.query('begin')
    await rename(1, 'lost')
    await client.query('rollback')
    await client.query('begin')
    await rename(1, 'Sparrowhawk')
    await client.query('commit')
    expect(await written()).toEqual(['update hero 1: Sparrowhawk'])
  })

  test('goes with a rollback to a savepoint, and what was before that stays', async () => {
    await client.query('begin')
    await rename(1, 'before')
    await client.query('savepoint s')
    await rename(2, 'lost')
    await client.query('rollback to savepoint s')
    await rename(3, 'after')
    await client.query('savepoint t')
    await rename(2, 'kept')
    await client.query('release savepoint t')
    await client.query('commit')
    expect(await written()).toEqual(['update hero 1: before', 'update hero 3: after', 'update hero 2: kept'])
  })

  test('keeps its place among flushes, and among tables that are tracked by trigger', async () => {
    await client.query('begin')
    await client.query(`insert into deed values (1, 'first')`)
    await rename(1, 'second')
    await rename(1, 'third')
    await client.query(`insert into deed values (2, 'fourth')`)
    await rename(2, 'fifth')
    await client.query('commit')
    expect(await written()).toEqual([
      'insert deed 1: first',
      'update hero 1: second',
      'update hero 1: third',
      'insert deed 2: fourth',
      'update hero 2: fifth',
    ])
  })

  test('is recorded under the actor of its flush, whoever sends what comes next', async () => {
    await client.query('begin')
    await actingAs({ userId: 'ada' }, () => rename(1, 'Sparrowhawk'))
    await actingAs({ userId: 'bob' }, () => client.query(`insert into deed values (1, 'next')`))
    await rename(2, 'Arha')
    await actingAs({ userId: 'cleo' }, () => client.query('commit'))
    expect(await written()).toEqual([
      'update hero 1: Sparrowhawk by ada',
      'insert deed 1: next by bob',
      'update hero 2: Arha',
    ])
  })

  test('names the actor for what triggers write, before the write', async () => {
    await db.run(`
      create function note_hero() returns trigger language plpgsql as $$
      begin insert into deed values (new.id, new.name); return null; end $$;
      create trigger note_hero after update on hero for each row execute function note_hero()`)
    await client.query('begin')
    await actingAs({ userId: 'ada' }, () => rename(1, 'a'))
    await actingAs({ userId: 'bob' }, () => rename(2, 'b'))
    await rename(3, 'c')
    await client.query('commit')
    await db.run('drop function note_hero cascade')
    expect((await written()).filter((entry) => entry.startsWith('insert'))).toEqual([
      'insert deed 1: a by ada',
      'insert deed 2: b by bob',
      'insert deed 3: c',
    ])
  })

  test('goes with the next statement of whoever has the connection then', async () => {
    await client.query('begin')
    await rename(1, 'Sparrowhawk')
    client.release()
    client = await pool.connect()
    await client.query('commit')
    expect(await written()).toEqual(['update hero 1: Sparrowhawk'])
  })

  test('is gone with its transaction when the connection is ended', async () => {
    await client.query('begin')
    await rename(1, 'lost')
    client.release(true)
    client = await pool.connect()
    expect(await written()).toEqual([])
    expect(await db.query('select name from hero where id = 1')).toEqual([{ name: 'Ged' }])
  })

  test('is gone with its transaction when the server ends the connection, and the commit fails', async () => {
    const { rows } = await client.query<{ id: number }>('select pg_backend_pid() as id')
    await client.query('begin')
    await rename(1, 'lost')
    await db.query('select pg_terminate_backend($1)', [rows[0]?.id])
    // it may be known by now, or not
    await expect(client.query('commit')).rejects.toThrow(/terminat|connection error/)
    client.release(true)
    client = await pool.connect()
    expect(await written()).toEqual([])
    expect(await db.query('select name from hero where id = 1')).toEqual([{ name: 'Ged' }])
  })

  test('of twenty writers at once is recorded for each', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const own = await pool.connect()
        await actingAs({ userId: `user ${index}` }, async () => {
          await own.query('begin')
          const flush = await recorder.photograph(flushClientOfPg(own), [announce('update', 3)])
          await own.query(`update hero set name = $1 where id = 3`, [`of user ${index}`])
          await flush.record()
          await own.query('commit')
        })
        own.release()
      }),
    )
    const entries = await written()
    expect(entries).toHaveLength(20)
    for (const entry of entries) expect(entry).toMatch(/of (user \d+) by \1$/)
  })
})

test('a photograph that went with a savepoint is not taken for one that was recorded in another', async () => {
  const photograph = (id: number) => recorder.photograph(flushClientOfPg(client), [announce('update', id)])
  for (const text of ['savepoint s', '/* one */ savepoint s', `select ';'; SAVEPOINT s`]) {
    await client.query('begin')
    const first = await photograph(1)
    await client.query(`update hero set name = 'a' where id = 1`)
    await client.query(text)
    await first.record()
    await client.query('select 1')
    await client.query('rollback to s')
    await client.query('savepoint t')
    const second = await photograph(2)
    await client.query(`update hero set name = 'b' where id = 2`)
    await client.query('rollback to t')
    await second.record()
    await expect(client.query('commit')).rejects.toMatchObject({ code: 'invalid_argument' })
  }
  expect(await written()).toEqual([])
})

describe('a photograph that fails', () => {
  test('fails the write, which is not made, and the commit', async () => {
    await client.query('begin')
    const flush = await recorder.photograph(flushClientOfPg(client), [announce('update', 1, 'stranger')])
    await expect(client.query('insert into stranger values (1)')).rejects.toMatchObject(notTracked)
    await expect(client.query('commit')).rejects.toMatchObject(notTracked)
    expect(await db.query('select * from stranger')).toEqual([])
    await client.query('begin')
    await expect(flush.record()).resolves.toBeUndefined()
    await expect(client.query('commit')).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  test('by a deadlock leaves the error of the database to the write', async () => {
    const other = await db.database.connect()
    // who looks for the deadlock is who goes
    await client.query(`begin; set local deadlock_timeout = '10ms'`)
    await other.query(`begin; set local deadlock_timeout = '1h'`)
    const { rows } = await other.query<{ id: number }>('select pg_backend_pid() as id')
    await client.query('select 1 from hero where id = 1 for update')
    await other.query('select 1 from hero where id = 2 for update')
    const waiting = other.query('select 1 from hero where id = 1 for update')
    const isWaiting = async () =>
      (await db.query('select from pg_locks where pid = $1 and not granted', [rows[0]?.id])).length > 0
    while (!(await isWaiting()));
    await recorder.photograph(flushClientOfPg(client), [announce('update', 2)])
    await expect(client.query(`update hero set name = 'x' where id = 2`)).rejects.toMatchObject({
      code: '40P01',
      severity: 'ERROR',
    })
    await client.query('rollback')
    await waiting
    await other.query('rollback')
    other.release()
  })
})

describe('a transaction that has failed', () => {
  test('is rolled back, to a savepoint too, with something held back', async () => {
    await client.query('begin')
    await client.query('savepoint s')
    await insertStranger(client)
    await expect(client.query('select 1')).rejects.toMatchObject(notTracked)
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback to s')
    await rename(1, 'Sparrowhawk')
    await client.query('commit')
    expect(await written()).toEqual(['update hero 1: Sparrowhawk'])
    expect(await db.query('select * from stranger')).toEqual([])
  })

  test('by a statement of its own keeps the error of that, with its position, and what was held back before', async () => {
    await client.query('begin')
    await rename(1, 'Sparrowhawk')
    await client.query('savepoint s')
    await rename(2, 'kept')
    await expect(client.query('select nothing from hero where id = $1', [1])).rejects.toMatchObject({
      code: '42703',
      position: '8',
    })
    // what was flushed before it was in the savepoint, and is rolled back with it
    await client.query('rollback to s')
    await client.query('commit')
    expect(await written()).toEqual(['update hero 1: Sparrowhawk'])
  })

  test('does not take a flush that is recorded in it for one that is kept', async () => {
    await client.query('begin')
    const flush = await recorder.photograph(flushClientOfPg(client), [announce('update', 1)])
    await expect(client.query('update hero set id = 2 where id = 1')).rejects.toMatchObject({ code: '23505' })
    await expect(flush.record()).rejects.toMatchObject({ code: '25P02' })
    expect((await client.query('commit')).command).toBe('ROLLBACK')
    expect(await written()).toEqual([])
  })
})

test('a flush on a connection whose names the server has forgotten fails once', async () => {
  const flush = async (name: string) => {
    await client.query('begin')
    await rename(1, name)
    await client.query('commit')
  }
  for (const name of ['a', 'b', 'c']) await flush(name)
  await client.query(`do $$ begin execute 'deal' || 'locate all'; end $$`)
  await expect(flush('lost')).rejects.toThrow(/does not exist/)
  await client.query('rollback')
  await flush('d')
  await client.query('deallocate all')
  await flush('e')
  expect(await written()).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `update hero 1: ${name}`))
})
