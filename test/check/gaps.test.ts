import { beforeEach, expect, test } from 'vitest'

import { createBackstory, type Gap } from '../../src/index.ts'
import { describeOnEveryDatabase, type TestDatabase } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

let count = 0

/** A fresh tracked table, empty when it was tracked, in which three heroes have a history without gaps. */
async function createHeroes(db: TestDatabase, options: object = {}): Promise<string> {
  const table = `hero_${++count}`
  await db.run(`
    create table ${table} (id integer primary key, name text, attributes jsonb, secret text, seen integer);
    select backstory.track('${table}', '${JSON.stringify({ redact: ['secret'], ignore: ['seen'], ...options })}');
    insert into ${table} values (1, 'Ged', '{"hp": 10, "n": {"a": [1], "b": {}}}', 's', 1), (2, 'Tenar', null, 's', 1), (3, 'Arren', '[]', 's', 1);
    update ${table} set name = name || '!', attributes = '{"hp": 11, "n": {"a": [1], "c": null}}', secret = 't', seen = 2;
    update ${table} set attributes = '{"hp": 11, "n": {"a": [1, 2], "c": null}}' where id = 1;
    update ${table} set attributes = '[{"hp": 1.0}]' where id = 2;
    update ${table} set id = 4 where id = 3;
    delete from ${table} where id = 2;
    insert into ${table} (id, name) values (2, 'Tehanu')`)
  return table
}

/** Runs statements that no entry tells of. */
const silently = (db: TestDatabase, table: string, text: string) =>
  db.run(`alter table ${table} disable trigger user; ${text}; alter table ${table} enable trigger user`)

const tamper = (db: TestDatabase, text: string) =>
  db.run(`alter table audit_logs disable trigger user; ${text}; alter table audit_logs enable trigger user`)

async function check(db: TestDatabase, elementType: string): Promise<readonly Gap[]> {
  const { gaps, isComplete } = await createBackstory(db.database).check({ elementType })
  expect(isComplete).toBe(true)
  return gaps
}

const brief = ({ kind, elementId, path, between }: Gap) => ({ kind, elementId, path, between })

describeOnEveryDatabase('a check', (db) => {
  let table = ''
  beforeEach(async () => {
    table = await createHeroes(db())
  })

  const entryIds = async (elementId: string) =>
    (await readEntries(db(), table)).filter((entry) => entry.elementId === elementId).map(({ id }) => id)

  test('finds nothing where every write is recorded', async () => {
    expect(await check(db(), table)).toEqual([])
    await db().run(`truncate ${table}`)
    expect(await check(db(), table)).toEqual([])
  })

  test('finds a write while the trigger was disabled: which field, and since when', async () => {
    await silently(
      db(),
      table,
      `update ${table} set attributes = '{"hp": 12, "n": {"a": [1, 2]}}', seen = 9 where id = 1`,
    )
    const ids = await entryIds('1')
    const gaps = await check(db(), table)
    const gap = { kind: 'changed', elementType: table, elementId: '1', since: expect.any(String) }
    expect(gaps).toMatchObject([
      { ...gap, path: '/attributes/hp', logged: 11, found: 12, between: [{ entryId: ids[1] }, 'row'] },
      { ...gap, path: '/attributes/n/c', logged: null, between: [{ entryId: ids[1] }, 'row'] },
    ])
    expect(gaps[1]?.found).toBeUndefined()
    expect(Date.parse(gaps[0]?.since ?? '')).toBeLessThanOrEqual(Date.parse(gaps[0]?.until ?? ''))
  })

  test('finds it between two entries too, once the next write is recorded', async () => {
    await silently(db(), table, `update ${table} set name = 'Hawk', attributes = '"x"' where id = 1`)
    await db().run(`update ${table} set name = 'Sparrowhawk' where id = 1`)
    const ids = await entryIds('1')
    expect(await check(db(), table)).toMatchObject([
      {
        path: '/name',
        logged: 'Ged!',
        found: 'Hawk',
        between: [{ entryId: ids[1] }, { entryId: ids[3] }],
      },
      { path: '/attributes', found: 'x', between: [{ entryId: ids[2] }, 'row'] },
    ])
  })

  test.each([
    ['an insert', `insert into TABLE (id, name) values (7, 'Kurremkarmerruk')`, '7', 'inserted'],
    ['a delete', 'delete from TABLE where id = 1', '1', 'deleted'],
    ['an insert after a delete', `insert into TABLE (id, name) values (3, 'again')`, '3', 'inserted'],
  ])('finds %s that escaped', async (_, text, elementId, kind) => {
    await silently(db(), table, text.replace('TABLE', table))
    expect((await check(db(), table)).map(brief)).toEqual([
      expect.objectContaining({
        kind,
        elementId,
        between: [elementId === '7' ? null : expect.anything(), 'row'],
      }),
    ])
  })

  test('finds a deletion that escaped before an insertion that did not, and the other way round', async () => {
    await silently(
      db(),
      table,
      `delete from ${table} where id = 1; insert into ${table} (id, name) values (3, 'x')`,
    )
    await db().run(
      `insert into ${table} (id, name) values (1, 'Ged'); update ${table} set name = 'y' where id = 3`,
    )
    expect((await check(db(), table)).map(({ kind, elementId }) => ({ kind, elementId }))).toEqual([
      { kind: 'deleted', elementId: '1' },
      { kind: 'inserted', elementId: '3' },
    ])
  })

  test('finds entries that somebody changed', async () => {
    const [insert, update] = await entryIds('1')
    await tamper(
      db(),
      `update audit_logs set changes = jsonb_set(changes, '{after,name}', '"Nobody"') where id = ${update}`,
    )
    expect(await check(db(), table)).toMatchObject([
      {
        kind: 'changed',
        path: '/name',
        logged: 'Nobody',
        found: 'Ged!',
        between: [{ entryId: update }, 'row'],
      },
    ])
    await tamper(
      db(),
      `update audit_logs set changes = '[]' where id = ${insert}; update audit_logs set changes = null where id = ${update}`,
    )
    expect((await check(db(), table)).map(({ kind }) => kind)).toContain('unreadable')
  })

  test('finds entries that somebody deleted: the first, one between, the last, all of an element', async () => {
    const first = await entryIds('1')
    await tamper(db(), `delete from audit_logs where id = ${first[1]}`)
    const lost = { kind: 'changed', elementId: '1', between: [{ entryId: first[0] }, 'row'] }
    expect((await check(db(), table)).map(brief)).toEqual([
      { ...lost, path: '/attributes/hp' },
      { ...lost, path: '/attributes/n/b' },
      { ...lost, path: '/attributes/n/c' },
      { ...lost, path: '/name' },
    ])
    await tamper(db(), `delete from audit_logs where id = ${first[0]}`)
    expect((await check(db(), table)).map(({ kind, between }) => ({ kind, between }))).toEqual([
      { kind: 'inserted', between: [null, { entryId: first[2] }] },
    ])
    await tamper(db(), `delete from audit_logs where id = ${first[2]}`)
    expect((await check(db(), table)).map(({ kind, between }) => ({ kind, between }))).toEqual([
      { kind: 'inserted', between: [null, 'row'] },
    ])
  })

  test('looks at no ignored and no redacted column', async () => {
    await silently(db(), table, `update ${table} set secret = 'x', seen = 99`)
    expect(await check(db(), table)).toEqual([])
    await db().run(`select backstory.track('${table}', '{"redact": ["secret", "name"]}')`)
    await silently(db(), table, `update ${table} set name = 'x'`)
    expect(await check(db(), table)).toEqual([])
  })

  test('follows renames, and takes no new, retyped or dropped column for a gap', async () => {
    await db().run(`
      alter table ${table} rename column name to title;
      alter table ${table} add column rank integer default 3;
      alter table ${table} alter column rank type text using 'rank ' || rank;
      alter table ${table} add column power numeric(4, 1) default 1;
      select backstory.follow();
      update ${table} set title = 'x', rank = 'y' where id = 1;
      alter table ${table} drop column attributes;
      alter table ${table} add column attributes integer default 5;
      alter table ${table} alter column power type numeric(6, 3);
      select backstory.follow();
      update ${table} set power = 2, attributes = 6 where id = 4;
      alter table ${table} rename to ${table}_renamed;
      select backstory.follow()`)
    await db().run(`update ${table}_renamed set title = 'z' where id = 2`)
    expect(await check(db(), `${table}_renamed`)).toEqual([])
    await silently(
      db(),
      `${table}_renamed`,
      `update ${table}_renamed set title = 'w', rank = 'v' where id = 2`,
    )
    expect((await check(db(), table)).map(({ elementId, path }) => [elementId, path])).toEqual([
      ['2', '/title'],
    ])
    await silently(
      db(),
      `${table}_renamed`,
      `update ${table}_renamed set rank = 'v', attributes = 7 where id = 1`,
    )
    const ofFirst = (await check(db(), `${table}_renamed`)).filter(({ elementId }) => elementId === '1')
    expect(ofFirst).toMatchObject([{ path: '/rank', logged: 'y', found: 'v' }])
  })

  test('takes what happened while the table was not tracked for no gap', async () => {
    await db().run(`
      select backstory.untrack('${table}');
      update ${table} set name = 'unseen'; delete from ${table} where id = 4; insert into ${table} (id) values (8)`)
    expect(await check(db(), table)).toEqual([])
    await db().run(`select backstory.track('${table}', '{"redact": ["secret"], "ignore": ["seen"]}')`)
    expect(await check(db(), table)).toEqual([])
    await db().run(`update ${table} set name = 'seen'; delete from ${table} where id = 8`)
    expect(await check(db(), table)).toEqual([])
    await silently(db(), table, `update ${table} set name = 'escaped' where id = 1`)
    expect((await check(db(), table)).map(({ elementId }) => elementId)).toEqual(['1'])
  })

  test('checks elements from before tracking, of which it knows no more than their entries tell', async () => {
    const old = `${table}_old`
    await db().run(`
      create table ${old} (id integer primary key, name text, attributes jsonb);
      insert into ${old} select i, 'n' || i, '{"a": {"b": 1, "c": 2}, "d": [1]}' from generate_series(1, 6) i;
      select backstory.track('${old}');
      update ${old} set attributes = '{"a": {"b": 2, "c": 2}, "d": [1]}' where id < 5;
      update ${old} set attributes = '{"a": {"b": 2, "c": 3}, "d": [1]}' where id < 4;
      update ${old} set attributes = '7' where id < 3;
      delete from ${old} where id in (1, 6)`)
    expect(await check(db(), old)).toEqual([])
    await silently(
      db(),
      old,
      `update ${old} set name = 'x', attributes = '8' where id = 2; update ${old} set attributes = jsonb_set(attributes, '{a,b}', '9') where id = 3; delete from ${old} where id = 4; update ${old} set name = 'not known' where id = 5`,
    )
    expect((await check(db(), old)).map(({ kind, elementId, path }) => [kind, elementId, path])).toEqual([
      ['changed', '2', '/attributes'],
      ['changed', '3', '/attributes/a/b'],
      ['deleted', '4', ''],
    ])
  })

  test('checks one element, and is refused nonsense', async () => {
    const backstory = createBackstory(db().database)
    await silently(db(), table, `update ${table} set name = 'x' where id in (1, 4)`)
    const { gaps } = await backstory.check({ elementType: table, elementId: 4 })
    expect(gaps.map(({ elementId }) => elementId)).toEqual(['4'])
    expect(await backstory.check({ elementType: table, limit: 1 })).toMatchObject({ isComplete: false })
    await expect(backstory.check({ elementType: 'nowhere' })).rejects.toMatchObject({ code: 'not_tracked' })
    expect(() => backstory.check({ elementId: 4 })).toThrow(/elementType/)
    // @ts-expect-error there is no such option
    expect(() => backstory.check({ elementtype: table })).toThrow(/elementtype/)
  })

  test('finds what was written with triggers off for the session', async (context) => {
    if (!db().isSuperuser) return context.skip()
    await db().run(
      `set session_replication_role = replica; update ${table} set name = 'copied' where id = 1; set session_replication_role = origin`,
    )
    expect(await check(db(), table)).toMatchObject([{ kind: 'changed', path: '/name', found: 'copied' }])
  })

  test('goes through many elements page by page, and can be left half-way', async () => {
    const many = `${table}_many`
    await db().run(`
      create table ${many} (id integer primary key, n integer);
      select backstory.track('${many}');
      insert into ${many} select i, 0 from generate_series(1, 1100) i;
      update ${many} set n = 1`)
    await silently(
      db(),
      many,
      `update ${many} set n = 2; insert into ${many} select i, 0 from generate_series(2001, 3100) i`,
    )
    const backstory = createBackstory(db().database)
    const found = new Map<string, string>()
    for await (const { elementId, kind } of backstory.check({ elementType: many })) found.set(elementId, kind)
    expect(Object.fromEntries(Map.groupBy(found.values(), (kind) => kind))).toMatchObject({
      changed: { length: 1100 },
      inserted: { length: 1100 },
    })
    for await (const gap of backstory.check({ elementType: many })) {
      expect(gap.elementId).toBe('1')
      break
    }
  })

  test('finds what no listener announced', async () => {
    const listened = await createListened(db())
    const found = await check(db(), listened)
    expect(found.map(({ kind, elementId }) => ({ kind, elementId }))).toEqual([
      { kind: 'inserted', elementId: '1' },
      { kind: 'inserted', elementId: '2' },
    ])
  })

  test('knows composite keys, partitions and whatever a row may hold', async () => {
    const wide = `${table}_wide`
    await db().run(`
      create table ${wide} (a bigint, "B b" text, doc json, n numeric, f float8, at timestamptz, primary key (a, "B b")) partition by range (a);
      create table ${wide}_1 partition of ${wide} for values from (0) to (10);
      create table ${wide}_2 partition of ${wide} for values from (10) to (9223372036854775807);
      select backstory.track('${wide}');
      insert into ${wide} values (1, '"', '{"b":1, "a":2}', 1.0, '-0', '2026-01-31 12:00:00.123456+05'), (9007199254740993, '', 'null', 'NaN', 'Infinity', 'infinity');
      update ${wide} set a = a + 10, n = n + 0.00, f = 0, doc = '{"a": 2, "b": 1}' where a = 1;
      update ${wide} set n = 1.00`)
    expect(await check(db(), wide)).toEqual([])
    await silently(db(), wide, `update ${wide} set n = 1.000 where a = 11`)
    expect((await check(db(), wide)).map(({ elementId, path }) => [elementId, path])).toEqual([
      ['[11,"\\""]', '/n'],
    ])
  })
})

async function createListened(db: TestDatabase): Promise<string> {
  const table = `listened_${++count}`
  await db.run(`
    create table ${table} (id integer primary key, name text);
    select backstory.track('${table}', '{"capture": "listener"}');
    insert into ${table} values (1, 'a'), (2, 'b')`)
  return table
}
