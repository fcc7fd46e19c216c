import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'
import { readServerVersion } from '../support/server-version.ts'

describeOnEveryDatabase('generated columns', (db) => {
  test('a stored generated column is recorded with what it was computed to', async () => {
    await db().run(`
      create table boxes (id integer primary key, w integer, h integer, area integer generated always as (w * h) stored);
      select backstory.track('boxes');
      insert into boxes values (1, 2, 3);
      update boxes set h = 4;
      update boxes set w = 4, h = 2`)
    expect((await readLog(db(), 'boxes')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, w: 2, h: 3, area: 6 } },
      { before: { h: 3, area: 6 }, after: { h: 4, area: 8 } },
      { before: { w: 2, h: 4 }, after: { w: 4, h: 2 } },
    ])
  })

  test('a virtual generated column is not recorded, and its absence breaks nothing', async ({ skip }) => {
    if ((await readServerVersion(db())) < 18) skip('virtual generated columns came with PostgreSQL 18')
    await db().run(`
      create table crates (id integer primary key, w integer, area integer generated always as (w * w) virtual, n text);
      select backstory.track('crates');
      insert into crates values (1, 2, default, 'a');
      update crates set w = 3;
      update crates set n = 'b';
      truncate crates`)
    expect((await readLog(db(), 'crates')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, w: 2, n: 'a' } },
      { before: { w: 2 }, after: { w: 3 } },
      { before: { n: 'a' }, after: { n: 'b' } },
      { before: { id: 1, w: 3, n: 'b' } },
    ])
  })

  test('no state holds a virtual generated column', async ({ skip }) => {
    if ((await readServerVersion(db())) < 18) skip('virtual generated columns came with PostgreSQL 18')
    await db().run(`
      create table vats (id integer primary key, w integer, area integer generated always as (w * w) virtual);
      insert into vats values (1, 2);
      select backstory.track('vats')`)
    const state = await createBackstory(db().database)
      .element('vats', 1)
      .at(new Date(Date.now() + 3_600_000))
    expect(state).toEqual({ id: 1, w: 2 })
  })

  test('identity columns and defaults are recorded with the values that they got', async () => {
    await db().run(`
      create table numbered (id bigint generated always as identity primary key, n integer default 7, made uuid default gen_random_uuid());
      select backstory.track('numbered');
      insert into numbered default values`)
    const [row] = await db().query('select made::text from numbered')
    expect(await readLog(db(), 'numbered')).toEqual([
      { action: 'insert', elementId: '1', changes: { after: { id: 1, n: 7, made: row?.['made'] } } },
    ])
  })
})
