import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase, openPostgres, type TestDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

/** Whether the server has what a statement needs; an ICU or an extension may have been left out of it. */
async function tryTo(db: TestDatabase, statement: string): Promise<boolean> {
  return db.run(statement).then(
    () => true,
    () => false,
  )
}

describeOnEveryDatabase('a definition that is changed by a command of another name', (db) => {
  const follows = () => db().capture === 'compiled'

  test('alter index renames tables too', async ({ skip }) => {
    await db().run(`
      create table parcels (id integer primary key);
      select backstory.track('parcels');
      alter index parcels rename to packets;
      insert into packets values (1)`)
    expect(await readLog(db(), 'packets')).toHaveLength(1)
    if (!follows()) skip('the generic capture follows with the next write')
    const tracked = await createBackstory(db().database).tracked()
    expect(tracked.map(({ elementType }) => elementType)).toContain('packets')
  })

  test('create schema creates tables too: a partition of a tracked one is covered, TRUNCATE included', async ({
    skip,
  }) => {
    if (!follows()) skip('without event triggers a new partition is covered after backstory.follow()')
    await db().run(`
      create table shelves (id integer primary key) partition by list (id);
      select backstory.track('shelves');
      create schema annex create table shelf partition of public.shelves for values in (1);
      insert into shelves values (1);
      truncate annex.shelf`)
    expect((await readLog(db(), 'shelves')).map(({ action }) => action)).toEqual(['insert', 'delete'])
  })

  test('create schema cannot create an untracked child of a tracked table', async ({ skip }) => {
    if (!follows()) skip('without event triggers nothing refuses it')
    await db().run(`create table parents (id integer primary key); select backstory.track('parents')`)
    await expect(
      db().run('create schema nursery create table child () inherits (public.parents)'),
    ).rejects.toMatchObject({ code: 'BS104' })
  })

  test('a column that goes with a foreign table, its server or its wrapper is followed', async ({ skip }) => {
    if (!db().isSuperuser) skip('only a superuser can create a foreign data wrapper')
    await db().run('create table carriers (id integer primary key, n integer)')
    await createBackstory(db().database).track('carriers')
    for (const drop of ['foreign table loads', 'server docks', 'foreign data wrapper haulage']) {
      await db().run(`
        create foreign data wrapper haulage;
        create server docks foreign data wrapper haulage;
        create foreign table loads (a integer) server docks;
        alter table carriers add column load loads;
        drop ${drop} cascade;
        insert into carriers values (1, 1);
        delete from carriers;
        drop foreign data wrapper if exists haulage cascade`)
    }
    expect(await readLog(db(), 'carriers')).toHaveLength(6)
  })

  test('a generated column that goes with a text search dictionary is followed', async () => {
    await db().run(`
      create text search dictionary plain (template = simple);
      create text search configuration searched (copy = simple);
      alter text search configuration searched alter mapping for asciiword with plain;
      create table pages (
        id integer primary key,
        body text,
        words tsvector generated always as (to_tsvector('searched'::regconfig, body)) stored
      );
      select backstory.track('pages');
      drop text search dictionary plain cascade;
      insert into pages values (1, 'a');
      update pages set body = 'b'`)
    expect(await readLog(db(), 'pages')).toHaveLength(2)
  })

  test('a new collation under which = means something else is followed: a change of case stays a change', async ({
    skip,
  }) => {
    const collation = `create collation anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`
    if (!(await tryTo(db(), collation))) skip('this build of PostgreSQL has no ICU')
    await db().run(`
      create table mages (id text primary key, name text);
      select backstory.track('mages');
      insert into mages values ('ged', 'Ged');
      alter table mages alter column name type text collate anycase, alter column id type text collate anycase;
      update mages set name = 'GED';
      update mages set id = 'GED'`)
    expect((await readLog(db(), 'mages')).slice(1)).toEqual([
      { action: 'update', elementId: 'ged', changes: { before: { name: 'Ged' }, after: { name: 'GED' } } },
      { action: 'delete', elementId: 'ged', changes: { before: { id: 'ged', name: 'GED' } } },
      { action: 'insert', elementId: 'GED', changes: { after: { id: 'GED', name: 'GED' } } },
    ])
    // no value has changed, so no state of before has become inexact
    expect(
      await db().query(`select kind from backstory.schema_changes where kind = 'column_retyped'`),
    ).toEqual([])
  })
})

test('an extension whose script changes a tracked table is followed at its end, and owns nothing of ours', async ({
  skip,
}) => {
  const db = await openPostgres()
  try {
    await db.run(`
      create table public.inner_rows (id integer primary key);
      select backstory.track('inner_rows')`)
    const [row] = await db.query(
      `select name from pg_available_extensions where name in ('citext', 'hstore') order by name limit 1`,
    )
    if (row === undefined) skip('this build of PostgreSQL has no extensions')
    // what is outdated when the script begins would be followed inside of it
    await db.run(`
      alter event trigger backstory_follow_ddl disable;
      alter table inner_rows add column n integer;
      alter event trigger backstory_follow_ddl enable always;
      create extension ${String(row?.['name'])};
      insert into inner_rows values (1, 1);
      update inner_rows set n = 2`)
    expect((await readLog(db, 'inner_rows')).map(({ action }) => action)).toEqual(['insert', 'update'])
  } finally {
    await db.close()
  }
})
