import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { createRecorder, type Announcement } from '../../src/orm/recorder.ts'
import { audited } from '../../src/pg.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { flushClientOfPg } from '../support/flush.ts'
import { entriesBy } from '../support/listener.ts'
import { readEntries } from '../support/log.ts'

const recorder = createRecorder()
let db: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy
let client: pg.Client

beforeAll(async () => {
  db = await openPostgres({ pool: { max: 4 } })
  proxy = await startCountingProxy(db.url)
})
afterAll(async () => {
  await proxy.close()
  await db.close()
})

const hero = `"it's a \\hero"`
const announced = (operation: Announcement['operation'], id: number): Announcement => ({
  table: { name: `it's a \\hero` },
  operation,
  key: { id },
})

/** Flushes one statement, and gives what was sent beside it. */
async function flush(text: string, ...announcements: readonly Announcement[]): Promise<string> {
  proxy.reset()
  await client.query('begin')
  try {
    const photographed = await recorder.photograph(flushClientOfPg(client), announcements)
    await client.query(text)
    await photographed.record()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
  return proxy.traffic().texts.join('\n')
}

const update = () => flush(`update ${hero} set n = n + 1 where id = 1`, announced('update', 1))

beforeEach(async () => {
  await db.run(`
    drop table if exists ${hero};
    create table ${hero} (id integer primary key, n integer);
    insert into ${hero} values (1, 1), (2, 2)`)
  await createBackstory(db.database).track(hero, { capture: 'listener' })
  client = audited(new pg.Client({ connectionString: proxy.url }))
  await client.connect()
  return () => client.end()
})

describe('a connection that has recorded a row of a table', () => {
  test('calls the functions that are made for the table by their names', async () => {
    expect(await update()).toContain('backstory.record_flush(')
    const then = await update()
    expect(then).toMatch(/backstory\.photograph_row_[0-9a-f]{32}\(/)
    expect(then).toMatch(/backstory\.record_row_[0-9a-f]{32}\(/)
    expect((await readEntries(db)).slice(-2).map(({ changes }) => changes)).toEqual([
      { before: { n: 1 }, after: { n: 2 } },
      { before: { n: 2 }, after: { n: 3 } },
    ])
  })

  test.each([
    ['an insertion', () => flush(`insert into ${hero} values (3, 3)`, announced('insert', 3)), ['insert 3']],
    ['a deletion', () => flush(`delete from ${hero} where id = 2`, announced('delete', 2)), ['delete 2']],
    ['no change', () => flush('select 1', announced('update', 2)), []],
    [
      'several rows',
      () => flush(`update ${hero} set n = 0`, announced('update', 2), announced('update', 1)),
      ['update 2', 'update 1'],
    ],
    [
      'an upsert',
      () =>
        flush(
          `insert into ${hero} values (2, 9) on conflict (id) do update set n = excluded.n`,
          announced('upsert', 2),
        ),
      ['update 2'],
    ],
    [
      'several operations',
      () =>
        flush(
          `update ${hero} set n = 5 where id = 1; delete from ${hero} where id = 2`,
          announced('update', 1),
          announced('delete', 2),
        ),
      ['update 1', 'delete 2'],
    ],
  ] as const)('records %s as before', async (_, work, expected) => {
    await update()
    const entries = await entriesBy(db, work)
    expect(entries.map((entry) => entry.replace(/ it's a \\hero/, ''))).toEqual(expected)
  })

  test('brings the context of each flush', async () => {
    await update()
    await actingAs({ userId: 'ada', reason: 'why' }, update)
    await update()
    expect((await readEntries(db)).slice(-3).map(({ userId, context }) => [userId, context])).toEqual([
      [null, null],
      ['ada', { reason: 'why' }],
      [null, null],
    ])
  })

  test('fails a flush where they are gone, loudly and once, and is told why by the next', async () => {
    await update()
    await createBackstory(db.database).untrack(hero)
    await expect(update()).rejects.toMatchObject({
      code: 'not_tracked',
      message: expect.stringContaining('Run the transaction again'),
    })
    await expect(update()).rejects.toMatchObject({
      code: 'not_tracked',
      message: expect.stringContaining('is not tracked, and a listener announces its rows'),
    })
    await createBackstory(db.database).track(hero)
    await expect(update()).rejects.toMatchObject({ code: 'tracked_otherwise' })
    expect(await db.query(`select n from ${hero} where id = 1`)).toEqual([{ n: 2 }])
  })

  test('goes on where they are made anew: for other columns, another key, after another tracking', async () => {
    await update()
    await db.run(`alter table ${hero} add column late text default 'x'`)
    await flush(`update ${hero} set late = 'y' where id = 1`, announced('update', 1))
    await createBackstory(db.database).untrack(hero)
    await createBackstory(db.database).track(hero, { capture: 'listener', redact: ['n'] })
    await update()
    await db.run(`alter table ${hero} drop constraint "it's a \\hero_pkey", add primary key (late)`)
    await flush(`update ${hero} set id = 7 where id = 1`, { ...announced('update', 1), key: { late: 'y' } })
    expect((await readEntries(db)).slice(-3).map(({ changes }) => changes)).toEqual([
      { before: { late: 'x' }, after: { late: 'y' } },
      { before: {}, after: {}, redacted: ['n'] },
      { before: { id: 1 }, after: { id: 7 } },
    ])
  })

  test('goes back to the general ones where a column of another kind takes them away', async () => {
    await update()
    await db.run(`
      drop type if exists pair cascade;
      create type pair as (a integer, b integer);
      alter table ${hero} add column pair pair`)
    await expect(update()).rejects.toMatchObject({ code: 'not_tracked' })
    await flush(`update ${hero} set pair = (1, 2) where id = 1`, announced('update', 1))
    expect((await readEntries(db)).at(-1)?.changes).toEqual({
      before: { pair: null },
      after: { pair: { a: 1, b: 2 } },
    })
  })

  test('fails the record of a photograph that was rolled back with a savepoint', async () => {
    await update()
    await client.query('begin')
    await client.query('savepoint s')
    const photographed = await recorder.photograph(flushClientOfPg(client), [announced('update', 1)])
    await client.query(`update ${hero} set n = 0 where id = 1`)
    await client.query('rollback to savepoint s')
    await photographed.record()
    await expect(client.query('commit')).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  test('calls those of its own installation only', async () => {
    const other = createBackstory(db.database, { schema: 'other' })
    await other.install()
    await createBackstory(db.database).untrack(hero)
    await other.track(hero, { capture: 'listener' })
    const ofOther = createRecorder({ schema: 'other' })
    for (const n of [10, 11, 12]) {
      await client.query('begin')
      const photographed = await ofOther.photograph(flushClientOfPg(client), [announced('update', 1)])
      await client.query(`update ${hero} set n = ${n} where id = 1`)
      await photographed.record()
      await client.query('commit')
    }
    expect((await readEntries(db, null, 'other.audit_logs')).map(({ changes }) => changes)).toEqual([
      { before: { n: 1 }, after: { n: 10 } },
      { before: { n: 10 }, after: { n: 11 } },
      { before: { n: 11 }, after: { n: 12 } },
    ])
  })
})
