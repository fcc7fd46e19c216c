import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase, type TestDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

const later = () => new Date(Date.now() + 3_600_000)

/** Brings capture up to date after a change of definition, where event triggers do not do it by themselves. */
async function follow(db: TestDatabase): Promise<void> {
  if (db.capture === 'generic') await db.run('select backstory.follow()')
}

describeOnEveryDatabase('changes of a tracked table as a whole', (db) => {
  test('a table that is renamed keeps its history under the new name; the old name leads to it', async () => {
    await db().run(`
      create table persons (id integer primary key, name text);
      select backstory.track('persons');
      insert into persons values (1, 'a');
      alter table persons rename to people;
      update people set name = 'b';
      delete from people`)
    expect((await readLog(db(), 'persons')).map(({ action }) => action)).toEqual(['insert'])
    expect((await readLog(db(), 'people')).map(({ action }) => action)).toEqual(['update', 'delete'])
    const backstory = createBackstory(db().database)
    expect((await backstory.tracked()).map(({ elementType }) => elementType)).toContain('people')
    for (const name of ['people', 'persons']) {
      const element = backstory.element(name, 1)
      const { entries } = await element.entries({ order: 'oldest' })
      expect(entries.map(({ action }) => action)).toEqual(['insert', 'update', 'delete'])
      expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
        { id: 1, name: 'a' },
        { id: 1, name: 'b' },
        null,
      ])
    }
  })

  test('tables that exchange their names exchange their histories, with the next write at the latest', async () => {
    await db().run(`
      create table left_hand (id integer primary key, n integer);
      create table right_hand (id integer primary key, n integer);
      select backstory.track('left_hand');
      select backstory.track('right_hand');
      insert into left_hand values (1, 1);
      insert into right_hand values (1, 2);
      alter table left_hand rename to neither_hand;
      alter table right_hand rename to left_hand;
      alter table neither_hand rename to right_hand;
      update left_hand set n = 20;
      update right_hand set n = 10`)
    const backstory = createBackstory(db().database)
    for (const [table, numbers] of [
      ['left_hand', [2, 20]],
      ['right_hand', [1, 10]],
    ] as const) {
      const element = backstory.element(table, 1)
      const { entries } = await element.entries({ order: 'oldest' })
      const states = await Promise.all(entries.map((entry) => element.at(entry)))
      expect(states).toEqual(numbers.map((n) => ({ id: 1, n })))
    }
  })

  test('a new table under the old name of a renamed one begins a history of its own', async () => {
    await db().run(`
      create table drafts (id integer primary key, n integer);
      select backstory.track('drafts');
      insert into drafts values (1, 1);
      alter table drafts rename to papers`)
    await follow(db())
    await db().run(`
      create table drafts (id integer primary key, n integer);
      select backstory.track('drafts');
      insert into drafts values (1, 100);
      update papers set n = 2`)
    const backstory = createBackstory(db().database)
    const read = async (name: string) =>
      (await backstory.element(name, 1).entries({ order: 'oldest' })).entries.map(({ changes }) => changes)
    expect(await read('papers')).toEqual([{ after: { id: 1, n: 1 } }, { before: { n: 1 }, after: { n: 2 } }])
    expect(await read('drafts')).toEqual([{ after: { id: 1, n: 100 } }])
    expect(await backstory.element('drafts', 1).at(later())).toEqual({ id: 1, n: 100 })
  })

  test('two tables that exchange their names exchange their histories', async () => {
    await db().run(`
      create table left_one (id integer primary key);
      create table right_one (id integer primary key);
      select backstory.track('left_one'), backstory.track('right_one');
      insert into left_one values (1);
      insert into right_one values (2);
      begin;
      alter table left_one rename to middle_one;
      alter table right_one rename to left_one;
      alter table middle_one rename to right_one;
      commit`)
    await follow(db())
    await db().run('insert into left_one values (20); insert into right_one values (10)')
    const backstory = createBackstory(db().database)
    const ids = async (elementType: string) =>
      (await backstory.entries({ elementType, order: 'oldest' })).entries.map(({ elementId }) => elementId)
    expect(await ids('left_one')).toEqual(['2', '20'])
    expect(await ids('right_one')).toEqual(['1', '10'])
  })

  test('a table that moves to another schema, and a schema that is renamed, keep their history', async () => {
    await db().run(`
      create schema attic;
      create table moved (id integer primary key, n integer);
      select backstory.track('moved');
      insert into moved values (1, 1);
      alter table moved set schema attic;
      update attic.moved set n = 2;
      alter schema attic rename to cellar;
      update cellar.moved set n = 3`)
    const element = createBackstory(db().database).element('cellar.moved', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(entries.map(({ elementType }) => elementType)).toEqual(['moved', 'attic.moved', 'cellar.moved'])
    expect(await element.at(later())).toEqual({ id: 1, n: 3 })
  })

  test('a table that is dropped leaves its log; what it was then can no longer be asked by time', async () => {
    await db().run(`
      create table doomed (id integer primary key, n integer);
      select backstory.track('doomed');
      insert into doomed values (1, 1);
      update doomed set n = 2;
      drop table doomed`)
    await follow(db())
    const backstory = createBackstory(db().database)
    expect((await backstory.tracked()).map(({ elementType }) => elementType)).not.toContain('doomed')
    const element = backstory.element('doomed', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 1 },
      { id: 1, n: 2 },
    ])
    await expect(element.at(later())).rejects.toMatchObject({ code: 'before_tracking' })
  })

  test('a table that is dropped, created anew and tracked again is recorded again', async () => {
    await db().run(`
      create table phoenix (id integer primary key, n integer);
      select backstory.track('phoenix');
      insert into phoenix values (1, 1);
      drop table phoenix`)
    await follow(db())
    await db().run(`
      create table phoenix (n text, id integer primary key);
      insert into phoenix values ('x', 1);
      select backstory.track('phoenix');
      update phoenix set n = 'y'`)
    const element = createBackstory(db().database).element('phoenix', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 1 },
      { id: 1, n: 'y' },
    ])
  })

  test('a new primary key is the element id from then on', async () => {
    await db().run(`
      create table rekeyed (a integer primary key, b integer not null);
      select backstory.track('rekeyed');
      insert into rekeyed values (1, 10);
      alter table rekeyed drop constraint rekeyed_pkey, add primary key (b);
      insert into rekeyed values (2, 20);
      update rekeyed set a = 3 where b = 20`)
    expect((await readLog(db(), 'rekeyed')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual(
      ['insert 1', 'insert 20', 'update 20'],
    )
  })

  test('a table that loses its key is refused: at once, or at the next write where event triggers do not fire', async () => {
    await db().run(`
      create table keyed (id integer primary key, n integer);
      select backstory.track('keyed');
      create table keyed_by (a integer not null, b integer not null);
      select backstory.track('keyed_by', '{"key": ["a", "b"]}')`)
    const compiled = db().capture === 'compiled'
    await expect(
      db().run(
        `alter table keyed drop constraint keyed_pkey${compiled ? '' : '; insert into keyed values (1, 1)'}`,
      ),
    ).rejects.toMatchObject({ code: 'BS105', message: expect.stringContaining('primary key from keyed') })
    await expect(
      db().run(`alter table keyed_by drop column b${compiled ? '' : '; insert into keyed_by values (1)'}`),
    ).rejects.toMatchObject({
      code: 'BS105',
      message: expect.stringContaining('a column of keyed_by that its key needs'),
    })
  })
})
