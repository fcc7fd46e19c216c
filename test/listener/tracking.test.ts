import { beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createRecorder } from '../../src/orm/recorder.ts'
import { describeOnEveryDatabase, openPostgres, type TestDatabase } from '../support/database.ts'
import { flushClientOf } from '../support/flush.ts'
import { readLog } from '../support/log.ts'

const recorder = createRecorder()

async function write(db: TestDatabase, table: { schema?: string; name: string }, id: number, text: string) {
  await db.session(async (session) => {
    await session.run('begin')
    const flush = await recorder.photograph(flushClientOf(session), [
      { table, operation: 'upsert', key: { id } },
    ])
    await session.run(text)
    await flush.record()
    await session.run('commit')
  })
}

describeOnEveryDatabase('a table that is tracked by listener', (db) => {
  const backstory = () => createBackstory(db().database)

  beforeAll(() =>
    db().run(`
      create table quiet (id integer primary key, name text);
      create table loud (id integer primary key, name text)`),
  )

  test('has no trigger, and is listed with its way of capture', async () => {
    await backstory().track('quiet', { capture: 'listener', label: 'name' })
    await backstory().track('quiet', { capture: 'listener', label: 'name' })
    await backstory().track('loud', { capture: 'trigger' })
    expect(
      await db().query(`
        select distinct tgrelid::regclass::text as name
        from pg_trigger
        where tgrelid in ('quiet'::regclass, 'loud'::regclass)`),
    ).toEqual([{ name: 'loud' }])
    expect(await backstory().tracked()).toEqual([
      { elementType: 'loud', key: ['id'], options: {}, status: 'active' },
      {
        elementType: 'quiet',
        key: ['id'],
        options: { label: 'name', capture: 'listener' },
        status: 'active',
      },
    ])
  })

  test('is not recorded by whoever announces nothing', async () => {
    await db().run(`insert into quiet values (1, 'a'); delete from quiet`)
    expect(await readLog(db(), 'quiet')).toEqual([])
  })

  test.each([
    ['quiet', 'trigger'],
    ['loud', 'listener'],
  ] as const)('%s cannot be tracked by %s as well', async (table, capture) => {
    await expect(backstory().track(table, { capture })).rejects.toMatchObject({
      code: 'tracked_otherwise',
      message: expect.stringMatching(/is tracked by (trigger|listener) already.*untrack/),
    })
  })

  test('refuses an unknown way of capture', async () => {
    await expect(
      // @ts-expect-error there is no such way
      backstory().track('quiet', { capture: 'replication' }),
    ).rejects.toMatchObject({ code: 'invalid_option' })
  })

  test('goes over to the other way by being untracked, with its history', async () => {
    await db().run('create table turncoat (id integer primary key, name text)')
    await backstory().track('turncoat', { capture: 'listener' })
    await write(db(), { name: 'turncoat' }, 1, `insert into turncoat values (1, 'a')`)
    await backstory().untrack('turncoat')
    await expect(write(db(), { name: 'turncoat' }, 1, '')).rejects.toMatchObject({ code: 'not_tracked' })
    await backstory().track('turncoat')
    await db().run(`update turncoat set name = 'b'`)
    await expect(write(db(), { name: 'turncoat' }, 1, '')).rejects.toMatchObject({
      code: 'tracked_otherwise',
    })
    await backstory().untrack('turncoat')
    await backstory().track('turncoat', { capture: 'listener' })
    await write(db(), { name: 'turncoat' }, 1, `update turncoat set name = 'c'`)
    expect((await readLog(db(), 'turncoat')).map(({ action }) => action)).toEqual([
      'insert',
      'update',
      'update',
    ])
    expect(
      await backstory()
        .element('turncoat', 1)
        .at(new Date(Date.now() + 60_000)),
    ).toEqual({
      id: 1,
      name: 'c',
    })
  })

  test('is followed when its columns change', async () => {
    await db().run(`
      create table moody (id integer primary key, name text, listener text);
      select backstory.track('moody', '{"capture": "listener", "redact": ["name"], "ignore": ["listener"]}')`)
    await write(db(), { name: 'moody' }, 1, `insert into moody values (1, 'secret', 'x')`)
    await db().run(`
      alter table moody rename column name to alias;
      alter table moody rename column listener to ear;
      alter table moody add column age integer`)
    await write(db(), { name: 'moody' }, 1, `update moody set alias = 'hidden', age = 3, ear = 'y'`)
    expect((await readLog(db(), 'moody')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1 }, redacted: ['name'] },
      { before: { age: null }, after: { age: 3 }, redacted: ['alias'] },
    ])
    expect((await backstory().tracked()).find(({ elementType }) => elementType === 'moody')?.options).toEqual(
      { ignore: ['ear'], redact: ['alias'], capture: 'listener' },
    )
  })

  test('partitions are elements of their table, inheritance children of their own', async () => {
    await db().run(`
      create table era (id integer primary key, name text) partition by range (id);
      create table era_1 partition of era for values from (0) to (10);
      create table era_2 partition of era for values from (10) to (20);
      create table parent (id integer primary key, name text);
      create table child (primary key (id)) inherits (parent);
      select backstory.track('era', '{"capture": "listener"}');
      select backstory.track('child', '{"capture": "listener"}');
      select backstory.track('parent', '{"capture": "listener"}');
      insert into child values (1, 'child')`)
    await write(db(), { name: 'era' }, 1, `insert into era values (1, 'a')`)
    await write(db(), { name: 'era' }, 1, `update era set name = 'b'`)
    await write(db(), { name: 'parent' }, 1, `insert into parent values (1, 'parent')`)
    expect(await readLog(db(), 'era')).toHaveLength(2)
    expect((await readLog(db(), 'parent')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, name: 'parent' } },
    ])
  })

  test('cannot be a view, a partition, or without a key', async () => {
    await db().run(`
      create view seen as select * from quiet;
      create table keyless (id integer)`)
    await expect(backstory().track('seen', { capture: 'listener' })).rejects.toMatchObject({
      code: 'unsupported_table',
    })
    await expect(backstory().track('keyless', { capture: 'listener' })).rejects.toMatchObject({
      code: 'no_key',
    })
  })

  test('stays as it is through another installation', async () => {
    await createBackstory(db().database).install({ context: 'required' })
    await createBackstory(db().database).install({ context: 'optional' })
    await write(db(), { name: 'quiet' }, 7, `insert into quiet values (7, 'g')`)
    expect((await readLog(db(), 'quiet')).map(({ elementId }) => elementId)).toEqual(['7'])
  })
})

describe('where event triggers fire', () => {
  test('a renamed table, moved schema and renamed schema are followed without a trigger', async () => {
    const db = await openPostgres()
    const backstory = createBackstory(db.database)
    await db.run(`
      create table hero (id integer primary key, name text);
      create table twin (id integer primary key, name text);
      create schema myths`)
    await backstory.track('hero', { capture: 'listener' })
    await backstory.track('twin', { capture: 'listener' })
    await write(db, { name: 'hero' }, 1, `insert into hero values (1, 'a')`)
    await db.run('alter table hero rename to champion')
    await write(db, { name: 'champion' }, 1, `update champion set name = 'b'`)
    await db.run('alter table champion set schema myths')
    await write(db, { schema: 'myths', name: 'champion' }, 1, `update myths.champion set name = 'c'`)
    await db.run('alter schema myths rename to legends')
    await write(db, { schema: 'legends', name: 'champion' }, 1, `update legends.champion set name = 'd'`)
    await db.run('drop table twin')
    const { entries } = await backstory.entries({ elementType: 'legends.champion', order: 'oldest' })
    expect(entries.map(({ elementType }) => elementType)).toEqual([
      'hero',
      'champion',
      'myths.champion',
      'legends.champion',
    ])
    expect((await backstory.tracked()).map(({ elementType }) => elementType)).toEqual(['legends.champion'])
    await db.close()
  })
})
