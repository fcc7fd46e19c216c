import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPglite, openPostgres, type TestDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describe.each([
  ['PostgreSQL', openPostgres],
  ['PGlite', openPglite],
] as const)('session_replication_role = replica, as logical replication applies changes (%s)', (_, open) => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await open()
  })
  afterAll(() => db.close())

  test('not captured: writes of a session in the role replica, in which triggers do not fire', async () => {
    await db.run(`create table applied (id integer primary key); select backstory.track('applied')`)
    await db.session((session) =>
      session.run(`
        set session_replication_role = replica;
        insert into applied values (1);
        truncate applied;
        insert into applied values (2);
        set session_replication_role = origin;
        insert into applied values (3)`),
    )
    expect((await readLog(db, 'applied')).map(({ elementId }) => elementId)).toEqual(['3'])
  })

  test('captured there too, once the triggers are enabled always; tracking again and changes of the table keep that', async () => {
    await db.run(`
      create table subscribed (id integer primary key);
      select backstory.track('subscribed');
      alter table subscribed enable always trigger "!backstory_capture";
      alter table subscribed enable always trigger "!backstory_truncate";
      select backstory.track('subscribed');
      alter table subscribed add column n integer`)
    await db.session((session) =>
      session.run(`
        set session_replication_role = replica;
        insert into subscribed values (1, 1);
        update subscribed set n = 2;
        truncate subscribed`),
    )
    expect((await readLog(db, 'subscribed')).map(({ action }) => action)).toEqual([
      'insert',
      'update',
      'delete',
    ])
    const tracked = await createBackstory(db.database).tracked()
    expect(tracked.find(({ elementType }) => elementType === 'subscribed')?.status).toBe('active')
  })

  test('a change of definition in the role replica is followed', async () => {
    await db.run(`create table restored (id integer primary key, a text); select backstory.track('restored')`)
    await db.session((session) =>
      session.run(`
        set session_replication_role = replica;
        alter table restored rename column a to b;
        set session_replication_role = origin;
        insert into restored values (1, 'x')`),
    )
    expect((await readLog(db, 'restored')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, b: 'x' } },
    ])
  })

  test('a trigger that is disabled captures nothing, and tracked() says so', async () => {
    await db.run(`
      create table silenced (id integer primary key);
      select backstory.track('silenced');
      alter table silenced disable trigger all;
      insert into silenced values (1)`)
    expect(await readLog(db, 'silenced')).toEqual([])
    const backstory = createBackstory(db.database)
    const status = async () =>
      (await backstory.tracked()).find(({ elementType }) => elementType === 'silenced')?.status
    expect(await status()).toBe('disabled')
    await db.run('alter table silenced enable trigger all; insert into silenced values (2)')
    expect(await status()).toBe('active')
    expect(await readLog(db, 'silenced')).toHaveLength(1)
  })

  test('one that is disabled for TRUNCATE alone, or on a single partition, shows too', async () => {
    const backstory = createBackstory(db.database)
    const status = async (table: string) =>
      (await backstory.tracked()).find(({ elementType }) => elementType === table)?.status
    await db.run(`
      create table half_silenced (id integer primary key);
      select backstory.track('half_silenced');
      create table partly_silenced (id integer primary key) partition by list (id);
      create table partly_silenced_1 partition of partly_silenced for values in (1);
      select backstory.track('partly_silenced')`)
    expect([await status('half_silenced'), await status('partly_silenced')]).toEqual(['active', 'active'])
    await db.run(`
      alter table half_silenced disable trigger "!backstory_truncate";
      alter table partly_silenced_1 disable trigger "!backstory_capture"`)
    expect([await status('half_silenced'), await status('partly_silenced')]).toEqual(['disabled', 'disabled'])
  })
})
