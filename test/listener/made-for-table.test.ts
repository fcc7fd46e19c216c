import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import type { Announcement } from '../../src/orm/recorder.ts'
import { describeOnEveryDatabase, type TestQueries } from '../support/database.ts'
import { flushText } from '../support/flush.ts'
import { readLog } from '../support/log.ts'
import { readServerVersion } from '../support/server-version.ts'

function write(
  session: TestQueries,
  name: string,
  key: Announcement['key'],
  text: string,
  operation: Announcement['operation'] = 'upsert',
): Promise<void> {
  return flushText(session, [{ table: { name }, operation, key }], text)
}

describeOnEveryDatabase('what reads the rows of a table that listeners record', (db) => {
  const made = async () => {
    const rows = await db().query(
      `select proname::text as name from pg_proc where proname like 'listened\\_%\\_%' order by 1`,
    )
    return rows.map(({ name }) => String(name).replace(/\d+/, 'n'))
  }
  const track = (table: string) => db().run(`select backstory.track('${table}', '{"capture": "listener"}')`)
  const follow = async () => {
    if (db().capture === 'generic') await db().run('select backstory.follow()')
  }

  test('is made for it where event triggers fire, and goes with its tracking', async () => {
    await db().run(
      'create table kept (id integer primary key); create table dropped (id integer primary key)',
    )
    await track('kept')
    await track('dropped')
    const own = db().capture === 'generic' ? [] : ['listened_n_after', 'listened_n_before']
    expect(await made()).toEqual([...own, ...own])
    await db().run('drop table dropped')
    await follow()
    expect(await made()).toEqual(own)
    await createBackstory(db().database).untrack('kept')
    expect(await made()).toEqual([])
    await track('kept')
    expect(await made()).toEqual(own)
  })

  test('may be called by roles that write, after another installation too', async () => {
    await createBackstory(db().database).install({ context: 'required' })
    await createBackstory(db().database).install({ context: 'optional' })
    expect(
      await db().query(
        `select proname from pg_proc where proname like 'listened\\_%' and not has_function_privilege('public', oid, 'execute')`,
      ),
    ).toEqual([])
  })

  test('follows the key, its type and its names, in sessions that have read before', async () => {
    await db().run('create table moving (id integer primary key, "a b" text not null, n integer)')
    await track('moving')
    await db().session(async (session) => {
      const log = async () => (await readLog(db(), 'moving')).at(-1)
      await write(session, 'moving', { id: 1 }, `insert into moving values (1, 'x', 1)`)
      await write(session, 'moving', { id: 1 }, 'update moving set n = 2')
      expect(await log()).toMatchObject({ action: 'update', elementId: '1' })

      await session.run('alter table moving alter column id type bigint')
      await follow()
      await write(session, 'moving', { id: 2n ** 40n }, `insert into moving values (${2n ** 40n}, 'y', 1)`)
      await write(session, 'moving', { id: 2n ** 40n }, `update moving set n = 2 where id > 1`)
      expect(await log()).toMatchObject({ action: 'update', elementId: String(2n ** 40n) })

      await session.run('alter table moving drop constraint moving_pkey, add primary key ("a b", id)')
      await follow()
      await write(session, 'moving', { id: 1, 'a b': 'x' }, 'update moving set n = 3 where id = 1')
      expect(await log()).toMatchObject({ action: 'update', elementId: '["x",1]' })

      await session.run('alter table moving rename column "a b" to "c""d"')
      await follow()
      await write(session, 'moving', { id: 1, 'c"d': 'x' }, 'update moving set n = 4 where id = 1')
      expect(await log()).toMatchObject({ action: 'update', changes: { before: { n: 3 }, after: { n: 4 } } })

      await session.run('alter table moving add column late integer default 7, drop column n')
      await follow()
      await write(session, 'moving', { id: 1, 'c"d': 'x' }, 'delete from moving where id = 1')
      expect(await log()).toMatchObject({
        action: 'delete',
        changes: { before: { id: 1, 'c"d': 'x', late: 7 } },
      })
    })
  })

  test('leaves out virtual generated columns, whenever they came', async (context) => {
    if ((await readServerVersion(db())) < 18) context.skip('PostgreSQL 18 is the first that has any')
    await db().run(`
      create table computed (id integer primary key, n integer, "twice n" integer generated always as (n * 2) virtual);
      create table computed_later (id integer primary key, n integer)`)
    await track('computed')
    await track('computed_later')
    await db().session(async (session) => {
      for (const table of ['computed', 'computed_later']) {
        await write(session, table, { id: 1 }, `insert into ${table} (id, n) values (1, 1)`)
        await write(session, table, { id: 1 }, `update ${table} set n = 2`)
        await session.run(`alter table ${table} add column more integer generated always as (n + 1) virtual`)
        await write(session, table, { id: 1 }, `update ${table} set n = 3`)
        await write(session, table, { n: 3 }, `update ${table} set n = 4`, 'update')
        await write(session, table, { id: 1 }, `delete from ${table}`)
        expect((await readLog(db(), table)).map(({ changes }) => changes)).toEqual([
          { after: { id: 1, n: 1 } },
          { before: { n: 1 }, after: { n: 2 } },
          { before: { n: 2 }, after: { n: 3 } },
          { before: { n: 3 }, after: { n: 4 } },
          { before: { id: 1, n: 4 } },
        ])
      }
    })
  })

  test('follows what tables that exchange their names are called', async () => {
    await db().run(`
      create table night (id integer primary key, name text);
      create table day (id integer primary key, name text)`)
    await track('night')
    await track('day')
    await db().session(async (session) => {
      await write(session, 'night', { id: 1 }, `insert into night values (1, 'dark')`)
      await write(session, 'day', { id: 1 }, `insert into day values (1, 'light')`)
      await session.run('drop table night; alter table day rename to night')
      await follow()
      if (db().capture === 'compiled') {
        await write(session, 'night', { id: 1 }, `update night set name = 'lit'`)
        expect((await readLog(db(), 'night')).at(-1)?.changes).toEqual({
          before: { name: 'light' },
          after: { name: 'lit' },
        })
      }
    })
  })
})
