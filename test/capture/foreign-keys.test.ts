import { expect, test } from 'vitest'

import { describeOnEveryDatabase } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

describeOnEveryDatabase('actions of foreign keys', (db) => {
  test('on delete cascade: every row that goes is recorded, the cause before its consequences', async () => {
    await db().run(`
      create table worlds (id integer primary key);
      create table places (id integer primary key, world_id integer references worlds on delete cascade);
      create table doors (id integer primary key, place_id integer references places on delete cascade);
      select backstory.track('worlds'), backstory.track('places'), backstory.track('doors');
      insert into worlds values (1), (2);
      insert into places values (10, 1), (11, 1), (20, 2);
      insert into doors values (100, 10), (101, 11), (200, 20);
      delete from worlds where id = 1`)
    const entries = (await readEntries(db())).filter(
      ({ action, elementType }) => action === 'delete' && ['worlds', 'places', 'doors'].includes(elementType),
    )
    expect(entries.map(({ elementType, elementId }) => `${elementType} ${elementId}`)).toEqual([
      'worlds 1',
      'places 10',
      'places 11',
      'doors 100',
      'doors 101',
    ])
    expect(new Set(entries.map(({ transactionId }) => transactionId)).size).toBe(1)
    expect(entries.at(-1)?.changes).toEqual({ before: { id: 101, place_id: 11 } })
  })

  test('on delete set null and set default are updates of the referring rows', async () => {
    await db().run(`
      create table authors (id integer primary key);
      create table texts (
        id integer primary key,
        author_id integer references authors on delete set null,
        editor_id integer default 1 references authors on delete set default
      );
      select backstory.track('authors'), backstory.track('texts');
      insert into authors values (1), (2);
      insert into texts values (10, 2, 2);
      delete from authors where id = 2`)
    const updates = (await readLog(db(), 'texts')).filter(({ action }) => action === 'update')
    const fields = updates.map(({ changes }) => changes)
    expect(updates.every(({ elementId }) => elementId === '10')).toBe(true)
    expect(fields).toHaveLength(2)
    expect(fields).toContainEqual({ before: { author_id: 2 }, after: { author_id: null } })
    expect(fields).toContainEqual({ before: { editor_id: 2 }, after: { editor_id: 1 } })
  })

  test('on update cascade is an update of the referring rows', async () => {
    await db().run(`
      create table codes (code text primary key);
      create table uses (id integer primary key, code text references codes on update cascade);
      select backstory.track('codes'), backstory.track('uses');
      insert into codes values ('a');
      insert into uses values (1, 'a');
      update codes set code = 'b'`)
    expect((await readLog(db(), 'uses')).at(-1)).toEqual({
      action: 'update',
      elementId: '1',
      changes: { before: { code: 'a' }, after: { code: 'b' } },
    })
    expect((await readLog(db(), 'codes')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual([
      'insert a',
      'delete a',
      'insert b',
    ])
  })

  test('the links of a many-to-many go with either side, under their composite key', async () => {
    await db().run(`
      create table people (id integer primary key);
      create table groups (id integer primary key);
      create table members (
        person_id integer references people on delete cascade,
        group_id integer references groups on delete cascade,
        primary key (person_id, group_id)
      );
      select backstory.track('members');
      insert into people values (1), (2);
      insert into groups values (7);
      insert into members values (1, 7), (2, 7);
      delete from people where id = 1;
      delete from groups where id = 7`)
    expect((await readLog(db(), 'members')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual(
      ['insert [1,7]', 'insert [2,7]', 'delete [1,7]', 'delete [2,7]'],
    )
  })

  test('a cascade that reaches its own table is recorded to the last leaf', async () => {
    await db().run(`
      create table trees (id integer primary key, parent integer references trees on delete cascade);
      select backstory.track('trees');
      insert into trees values (1, null), (2, 1), (3, 2), (4, 3);
      delete from trees where id = 1`)
    expect(
      (await readLog(db(), 'trees'))
        .filter(({ action }) => action === 'delete')
        .map(({ elementId }) => elementId),
    ).toEqual(['1', '2', '3', '4'])
  })

  test('deferred constraints: entries of what commits, none of what the constraint refuses at the end', async () => {
    await db().run(`
      create table parents (id integer primary key);
      create table children (id integer primary key, parent_id integer references parents deferrable initially deferred);
      select backstory.track('children')`)
    await db().session(async (session) => {
      await session.run('begin; insert into children values (1, 10); insert into parents values (10); commit')
      await session.run('begin; insert into children values (2, 20)')
      await expect(session.run('commit')).rejects.toMatchObject({ code: '23503' })
    })
    expect((await readLog(db(), 'children')).map(({ elementId }) => elementId)).toEqual(['1'])
  })

  test('a deferred cascade is recorded when it happens, at the commit', async () => {
    await db().run(`
      create table late_parents (id integer primary key);
      create table late_children (
        id integer primary key,
        parent_id integer references late_parents on delete set null deferrable initially deferred
      );
      select backstory.track('late_children');
      insert into late_parents values (1);
      insert into late_children values (1, 1)`)
    await db().session((session) => session.run('begin; delete from late_parents; commit'))
    expect((await readLog(db(), 'late_children')).at(-1)?.changes).toEqual({
      before: { parent_id: 1 },
      after: { parent_id: null },
    })
  })

  test('the log outlives the users, worlds and tables that it speaks of: nothing refers out of it', async () => {
    await db().run(`
      create table owners (id integer primary key);
      create table possessions (id integer primary key, owner_id integer references owners on delete cascade);
      select backstory.track('owners'), backstory.track('possessions');
      begin;
      select backstory.set_context('{"userId": "1"}');
      insert into owners values (1);
      insert into possessions values (1, 1);
      commit`)
    const before = await readEntries(db(), 'possessions')
    await db().run('delete from owners; drop table possessions; drop table owners')
    expect((await readEntries(db(), 'possessions')).slice(0, 1)).toEqual(before)
    expect(before[0]?.userId).toBe('1')
    expect(
      await db().query(
        `select conname from pg_constraint where conrelid = 'audit_logs'::regclass and contype = 'f'`,
      ),
    ).toEqual([])
  })
})
