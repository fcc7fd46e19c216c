import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describeOnEveryDatabase('table inheritance', (db) => {
  test('a parent is refused while a child is not tracked: writes through it would go unrecorded', async () => {
    await db().run(`
      create table beings (id integer primary key, name text);
      create table dragons (fire integer) inherits (beings);
      alter table dragons add primary key (id)`)
    await expect(createBackstory(db().database).track('beings')).rejects.toMatchObject({
      code: 'unsupported_table',
      message: expect.stringMatching(/dragons inherits from .*beings.*Track every child before its parent/),
    })
    expect(await db().query(`select 1 from backstory.tracked where table_name = 'beings'`)).toEqual([])
  })

  test('once every child is tracked, writes through the parent are recorded as those of the child whose row it is', async () => {
    await db().run(`
      create table ships (id integer primary key, name text);
      create table steamers (power integer) inherits (ships);
      alter table steamers add primary key (id);
      select backstory.track('steamers');
      select backstory.track('ships');
      insert into ships values (1, 'a');
      insert into steamers values (2, 'b', 9);
      update ships set name = name || '!';
      delete from ships`)
    expect(await readLog(db(), 'ships')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1, name: 'a' } } },
      { action: 'update', elementId: '1', changes: { before: { name: 'a' }, after: { name: 'a!' } } },
      { action: 'delete', elementId: '1', changes: { before: { id: 1, name: 'a!' } } },
    ])
    expect(await readLog(db(), 'steamers')).toEqual([
      { action: 'insert', elementId: '2', changes: { after: { id: 2, name: 'b', power: 9 } } },
      { action: 'update', elementId: '2', changes: { before: { name: 'b' }, after: { name: 'b!' } } },
      { action: 'delete', elementId: '2', changes: { before: { id: 2, name: 'b!', power: 9 } } },
    ])
  })

  test('TRUNCATE of the parent records every row once, under the table that it was in', async () => {
    await db().run(`
      create table rocks (id integer primary key);
      create table gems (carat integer) inherits (rocks);
      alter table gems add primary key (id);
      select backstory.track('gems'), backstory.track('rocks');
      insert into rocks values (1);
      insert into gems values (2, 24);
      truncate rocks`)
    const deleted = async (table: string) =>
      (await readLog(db(), table)).filter(({ action }) => action === 'delete')
    expect(await deleted('rocks')).toEqual([
      { action: 'delete', elementId: '1', changes: { before: { id: 1 } } },
    ])
    expect(await deleted('gems')).toEqual([
      { action: 'delete', elementId: '2', changes: { before: { id: 2, carat: 24 } } },
    ])
  })

  test('an element of the parent and one of a child with the same key are two elements', async () => {
    await db().run(`
      create table folk (id integer primary key, name text);
      create table mages (power integer) inherits (folk);
      alter table mages add primary key (id);
      insert into mages values (1, 'Ged', 9);
      insert into folk values (1, 'Vetch');
      select backstory.track('mages'), backstory.track('folk')`)
    const backstory = createBackstory(db().database)
    const later = new Date(Date.now() + 3_600_000)
    expect(await backstory.element('folk', 1).at(later)).toEqual({ id: 1, name: 'Vetch' })
    expect(await backstory.element('mages', 1).at(later)).toEqual({ id: 1, name: 'Ged', power: 9 })
  })

  test('a child that is tracked alone is recorded, through its parent too', async () => {
    await db().run(`
      create table tools (id integer primary key);
      create table hammers (weight integer) inherits (tools);
      alter table hammers add primary key (id);
      select backstory.track('hammers');
      insert into hammers values (1, 5);
      insert into tools values (2);
      delete from tools`)
    expect((await readLog(db(), 'hammers')).map(({ action }) => action)).toEqual(['insert', 'delete'])
  })

  test('where event triggers fire, creating an untracked child of a tracked parent is refused, with the way to do it', async ({
    skip,
  }) => {
    if (db().capture === 'generic') skip('event triggers do not fire here')
    await db().run(`create table songs (id integer primary key); select backstory.track('songs')`)
    await expect(db().run('create table ballads (verses integer) inherits (songs)')).rejects.toMatchObject({
      code: 'BS104',
      hint: expect.stringContaining('create it without "inherits", track it, then alter table … inherit'),
    })
    await db().run(`
      create table ballads (id integer primary key, verses integer);
      select backstory.track('ballads');
      alter table ballads inherit songs;
      insert into ballads values (1, 3);
      delete from songs`)
    expect((await readLog(db(), 'ballads')).map(({ action }) => action)).toEqual(['insert', 'delete'])
  })
})
