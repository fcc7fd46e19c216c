import { describe, expect, test, beforeAll, afterAll } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase, openPostgres, type TestDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

const later = () => new Date(Date.now() + 3_600_000)

/** Brings capture up to date after a change of definition, where event triggers do not do it by themselves. */
async function follow(db: TestDatabase): Promise<void> {
  if (db.capture === 'generic') await db.run('select backstory.follow()')
}

describeOnEveryDatabase('changes of the columns of a tracked table', (db) => {
  test('a column that is added is recorded from then on, and states before do not have it', async () => {
    await db().run(`
      create table added (id integer primary key, a text);
      select backstory.track('added');
      insert into added values (1, 'a');
      alter table added add column b text default 'none';
      update added set b = 'b' where id = 1;
      insert into added values (2, 'x', 'y')`)
    expect((await readLog(db(), 'added')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, a: 'a' } },
      { before: { b: 'none' }, after: { b: 'b' } },
      { after: { id: 2, a: 'x', b: 'y' } },
    ])
    const element = createBackstory(db().database).element('added', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    const states = await Promise.all(entries.map((entry) => element.at(entry)))
    expect(states).toEqual([
      { id: 1, a: 'a' },
      { id: 1, a: 'a', b: 'b' },
    ])
  })

  test('the default of an added column is in every state from then on, though no entry says it', async () => {
    await db().run(`
      create table defaulted (id integer primary key, a integer);
      select backstory.track('defaulted');
      insert into defaulted values (1, 1);
      alter table defaulted add column b text default 'none'`)
    await follow(db())
    for (let a = 2; a <= 6; a++) await db().run(`update defaulted set a = ${a}`)
    const element = createBackstory(db().database).element('defaulted', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    const states = await Promise.all(entries.map((entry) => element.at(entry)))
    expect(states).toEqual([{ id: 1, a: 1 }, ...[2, 3, 4, 5, 6].map((a) => ({ id: 1, a, b: 'none' }))])
    await db().run('delete from defaulted')
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual(states)
  })

  test('a column that is dropped is recorded no more, stays in the entries, and leaves the states', async () => {
    await db().run(`
      create table dropped (id integer primary key, a text, doc jsonb, c text);
      select backstory.track('dropped', '{"ignore": ["a"], "label": "c"}');
      insert into dropped values (1, 'a', '{"k": {"n": 1}}', 'c');
      update dropped set doc = '{"k": {"n": 2}}';
      alter table dropped drop column doc;
      alter table dropped drop column a;
      update dropped set c = 'd'`)
    expect((await readLog(db(), 'dropped')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, doc: { k: { n: 1 } }, c: 'c' } },
      { before: { doc: { k: { n: 1 } } }, after: { doc: { k: { n: 2 } } } },
      { before: { c: 'c' }, after: { c: 'd' } },
    ])
    const backstory = createBackstory(db().database)
    expect((await backstory.tracked()).find((one) => one.elementType === 'dropped')?.options).toEqual({
      label: 'c',
    })
    const element = backstory.element('dropped', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, c: 'c' },
      { id: 1, c: 'c' },
      { id: 1, c: 'd' },
    ])
  })

  test('a column that is dropped and added again under its name is another column', async () => {
    await db().run(`
      create table replaced (id integer primary key, a jsonb, n integer);
      insert into replaced values (1, '{"k": 1}', 0);
      select backstory.track('replaced');
      update replaced set a = '{"k": 2}';
      update replaced set n = 1;
      alter table replaced drop column a, add column a jsonb;
      update replaced set n = 2;
      update replaced set a = '7'`)
    const element = createBackstory(db().database).element('replaced', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 0 },
      { id: 1, n: 1 },
      { id: 1, a: null, n: 2 },
      { id: 1, a: 7, n: 2 },
    ])
  })

  test('a column that is renamed keeps its history: entries have the name of their time, states that of today', async () => {
    await db().run(`
      create table renamed (id integer primary key, title text, doc jsonb);
      select backstory.track('renamed', '{"label": "title"}');
      insert into renamed values (1, 'a', '{"k": 1}');
      update renamed set title = 'b', doc = '{"k": 2}';
      alter table renamed rename column title to name;
      update renamed set name = 'c';
      alter table renamed rename column doc to document;
      update renamed set name = 'd', document = '{"k": 3}';
      alter table renamed rename column name to caption;
      update renamed set caption = 'e'`)
    expect((await readLog(db(), 'renamed')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, title: 'a', doc: { k: 1 } } },
      { before: { title: 'a', doc: { k: 1 } }, after: { title: 'b', doc: { k: 2 } } },
      { before: { name: 'b' }, after: { name: 'c' } },
      { before: { name: 'c', document: { k: 2 } }, after: { name: 'd', document: { k: 3 } } },
      { before: { caption: 'd' }, after: { caption: 'e' } },
    ])
    const backstory = createBackstory(db().database)
    expect((await backstory.tracked()).find((one) => one.elementType === 'renamed')?.options).toEqual({
      label: 'caption',
    })
    const element = backstory.element('renamed', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    const states = [
      { id: 1, caption: 'a', document: { k: 1 } },
      { id: 1, caption: 'b', document: { k: 2 } },
      { id: 1, caption: 'c', document: { k: 2 } },
      { id: 1, caption: 'd', document: { k: 3 } },
      { id: 1, caption: 'e', document: { k: 3 } },
    ]
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual(states)
    await db().run('delete from renamed')
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual(states)
  })

  test('two columns that exchange their names exchange their histories', async () => {
    await db().run(`
      create table exchanged (id integer primary key, a text, b text);
      select backstory.track('exchanged');
      insert into exchanged values (1, 'was a', 'was b');
      alter table exchanged rename column a to c;
      alter table exchanged rename column b to a;
      alter table exchanged rename column c to b`)
    await follow(db())
    await db().run(`update exchanged set a = 'now a'; update exchanged set b = 'now b'`)
    const element = createBackstory(db().database).element('exchanged', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, a: 'was b', b: 'was a' },
      { id: 1, a: 'now a', b: 'was a' },
      { id: 1, a: 'now a', b: 'now b' },
    ])
  })

  test('a column that was added and then renamed is not in the states before it was added', async () => {
    await db().run(`
      create table late (id integer primary key);
      insert into late values (1);
      select backstory.track('late');
      alter table late add column a text default 'x'`)
    const since = new Date()
    await follow(db())
    await db().run('alter table late rename column a to b')
    await follow(db())
    const [before] = await db().query(
      `select to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from backstory.schema_changes s where kind = 'tracked' and new_name = 'late'`,
    )
    const element = createBackstory(db().database).element('late', 1)
    expect(await element.at(String(before?.['at']))).toEqual({ id: 1 })
    expect(since).toBeInstanceOf(Date)
    expect(await element.at(later())).toEqual({ id: 1, b: 'x' })
  })

  test('a column of another type: entries and states before hold what was there', async () => {
    await db().run(`
      create table retyped (id integer primary key, n integer, m text);
      select backstory.track('retyped');
      insert into retyped values (1, 5, 'a');
      update retyped set n = 6;
      alter table retyped alter column n type text using 'number ' || n;
      update retyped set n = 'seven';
      update retyped set m = 'b'`)
    expect((await readLog(db(), 'retyped')).map(({ changes }) => changes)).toEqual([
      { after: { id: 1, n: 5, m: 'a' } },
      { before: { n: 5 }, after: { n: 6 } },
      { before: { n: 'number 6' }, after: { n: 'seven' } },
      { before: { m: 'a' }, after: { m: 'b' } },
    ])
    const element = createBackstory(db().database).element('retyped', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 5, m: 'a' },
      { id: 1, n: 6, m: 'a' },
      { id: 1, n: 'seven', m: 'a' },
      { id: 1, n: 'seven', m: 'b' },
    ])
  })

  test('what a change of type rewrites is in the states from then on, though no entry says it', async () => {
    await db().run(`
      create table converted (id integer primary key, n integer, m integer);
      select backstory.track('converted');
      insert into converted values (1, 5, 1);
      alter table converted alter column n type text`)
    await follow(db())
    for (let m = 2; m <= 5; m++) await db().run(`update converted set m = ${m}`)
    const element = createBackstory(db().database).element('converted', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 5, m: 1 },
      { id: 1, n: '5', m: 2 },
      { id: 1, n: '5', m: 3 },
      { id: 1, n: '5', m: 4 },
      { id: 1, n: '5', m: 5 },
    ])
  })

  test('columns that go with their type, domain or function are followed', async () => {
    await db().run(`
      create type size as enum ('s', 'm');
      create domain short as text check (length(value) < 10);
      create function double(n integer) returns integer language sql immutable as 'select n * 2';
      create table shirts (
        id integer primary key, size size, label short, n integer,
        twice integer generated always as (double(n)) stored
      );
      select backstory.track('shirts');
      insert into shirts (id, size, label, n) values (1, 's', 'a', 1);
      drop type size cascade;
      drop domain short cascade;
      drop function double cascade;
      update shirts set n = 3`)
    expect((await readLog(db(), 'shirts')).at(-1)?.changes).toEqual({ before: { n: 1 }, after: { n: 3 } })
  })

  test('a change of definition that is rolled back leaves capture as it was', async () => {
    await db().run(`
      create table undone (id integer primary key, a text);
      select backstory.track('undone')`)
    await db().session(async (session) => {
      await session.run(`
        begin;
        alter table undone rename column a to b;
        insert into undone values (1, 'x');
        rollback;
        insert into undone values (2, 'y')`)
    })
    expect(await readLog(db(), 'undone')).toEqual([
      { action: 'insert', elementId: '2', changes: { after: { id: 2, a: 'y' } } },
    ])
    const state = await createBackstory(db().database).element('undone', 2).at(later())
    expect(state).toEqual({ id: 2, a: 'y' })
  })

  test('a column that was ignored and no longer is, is not in the states of before: nobody looked at it', async () => {
    await db().run(`
      create table opened (id integer primary key, n integer, note text);
      insert into opened values (1, 1, 'first');
      select backstory.track('opened', '{"ignore": ["note"]}');
      update opened set note = 'second';
      update opened set n = 2;
      select backstory.track('opened');
      update opened set note = 'third'`)
    const element = createBackstory(db().database).element('opened', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    expect(await Promise.all(entries.map((entry) => element.at(entry)))).toEqual([
      { id: 1, n: 2 },
      { id: 1, n: 2, note: 'third' },
    ])
  })
})

describe.each(['superuser', 'owner'] as const)(
  'changes of a table by another session (installed by: %s)',
  (role) => {
    let db: Awaited<ReturnType<typeof openPostgres>>
    beforeAll(async () => {
      db = await openPostgres({ role })
    })
    afterAll(() => db.close())

    test('a session that has written before records the new definition with its next write', async () => {
      await db.run(`
      create table shared (id integer primary key, a text, b integer);
      select backstory.track('shared')`)
      await db.session(async (writer) => {
        const insert = (id: number) => writer.run(`insert into shared values (${id}, 'x', 1)`)
        await insert(1)
        await db.run('alter table shared rename column a to name')
        await insert(2)
        await db.run('alter table shared alter column b type numeric(10, 2)')
        await insert(3)
        await db.run(`alter table shared drop column b`)
        await writer.run(`insert into shared values (4, 'x')`)
        await db.run('alter table shared rename to shared_now')
        await writer.run(`insert into shared_now values (5, 'x')`)
      })
      expect((await readLog(db, 'shared')).map(({ changes }) => changes)).toEqual([
        { after: { id: 1, a: 'x', b: 1 } },
        { after: { id: 2, name: 'x', b: 1 } },
        { after: { id: 3, name: 'x', b: 1 } },
        { after: { id: 4, name: 'x' } },
      ])
      expect((await readLog(db, 'shared_now')).map(({ elementId }) => elementId)).toEqual(['5'])
    })

    test('writers that find one change of definition at the same time note it once, and none fails', async () => {
      await db.run(`
      create table busy (id integer primary key, a text);
      select backstory.track('busy');
      insert into busy select i, 'x' from generate_series(1, 8) as i;
      alter table busy rename column a to b`)
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          db.session((session) => session.run(`update busy set b = 'y' where id = ${index + 1}`)),
        ),
      )
      const renames = await db.query(`
      select s.old_name, s.new_name
      from backstory.schema_changes s join backstory.tracked t on t.id = s.tracked_id
      where t.element_type = 'busy' and s.kind = 'column_renamed'`)
      expect(renames).toEqual([{ old_name: 'a', new_name: 'b' }])
      expect((await readLog(db, 'busy')).filter(({ action }) => action === 'update')).toHaveLength(8)
    })
  },
)
