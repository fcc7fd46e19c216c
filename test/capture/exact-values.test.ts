import { describe, expect, test } from 'vitest'

import { formatJson } from '../../src/core/json.ts'
import { createBackstory } from '../../src/index.ts'
import { columnSamples, oddSettings, pinnedSettings, quoteLiteral } from '../support/column-samples.ts'
import { describeOnEveryDatabase, openPostgres, type TestDatabase } from '../support/database.ts'
import { readEntries, readLog } from '../support/log.ts'

describe('a column alone beside the key', () => {
  test('of any type is recorded with one text, whatever the settings of the session', async () => {
    const db = await openPostgres()
    try {
      await db.session(async (session) => {
        for (const { type, values } of columnSamples.filter((samples) => samples.type !== 'xml')) {
          const list = `array[${values.map(quoteLiteral).join(', ')}]::${type}[]`
          const [reached] = await session.query('select coalesce(max(id), 0)::text as id from audit_logs')
          // a function pins what its columns need: others would hide what one lacks
          await session.run(`
            ${pinnedSettings}
            create table single (id integer generated always as identity primary key, v ${type});
            create table multiple (id integer primary key, v ${type}[]);
            create table sources as select v from unnest(${list}) as v;
            create table lists as select ${list} as v;
            select backstory.track('single'), backstory.track('multiple');
            ${oddSettings}
            insert into single (v) select v from sources;
            insert into multiple select 1, v from lists;
            ${pinnedSettings}`)
          const differing = await session.query(`
            select l.changes::text as changes, live.image::text as live
            from audit_logs l
            join (
              select 'single' as element_type, id, to_jsonb(r) as image from single r
              union all
              select 'multiple', id, to_jsonb(r) from multiple r
            ) as live on live.element_type = l.element_type and live.id::text = l.element_id
            where l.id > ${String(reached?.['id'])} and (l.changes -> 'after')::text <> live.image::text`)
          expect(differing, type).toEqual([])
          await session.run('drop table single, multiple, sources, lists')
        }
      })
    } finally {
      await db.close()
    }
  })
})

describeOnEveryDatabase('exact values', (db) => {
  test('numbers that no double holds are recorded and read digit by digit, in columns and inside JSON', async () => {
    const digits = '12345678901234567890.12345678901234567890'
    await db().run(`
      create table digits (id integer primary key, n numeric(40,20), b bigint, doc jsonb, list numeric[], f float8);
      select backstory.track('digits');
      insert into digits values (1, ${digits}, 9007199254740992, '{"n": ${digits}, "b": 9007199254740992}', '{${digits}}', 'NaN');
      update digits set n = n + 0.00000000000000000001, b = b + 1, doc = '{"n": ${digits}, "b": 9007199254740993}',
        list = '{${digits}0, NaN}', f = '-Infinity'`)
    const after =
      '{"b": 9007199254740993, "f": "-Infinity", "n": 12345678901234567890.12345678901234567891, ' +
      `"doc": {"b": 9007199254740993}, "list": [${digits}0, "NaN"]}`
    const before = `{"b": 9007199254740992, "f": "NaN", "n": ${digits}, "doc": {"b": 9007199254740992}, "list": [${digits}]}`
    const [, update] = await readEntries(db(), 'digits')
    expect(update?.changesText).toBe(`{"after": ${after}, "before": ${before}}`)

    const element = createBackstory(db().database).element('digits', 1)
    const { entries } = await element.entries({ order: 'oldest' })
    const [inserted, updated] = entries
    if (inserted === undefined || updated === undefined) throw new Error('There are two entries.')
    const spaceless = (text: string) => text.replaceAll(' ', '')
    expect(formatJson(updated.changes?.after ?? null)).toBe(spaceless(after))
    expect(formatJson(await element.at(inserted))).toBe(
      spaceless(
        `{"b": 9007199254740992, "f": "NaN", "n": ${digits}, "id": 1, "doc": {"b": 9007199254740992, "n": ${digits}}, "list": [${digits}]}`,
      ),
    )
  })

  describe('a change that the type calls equal is recorded and undone:', () => {
    test.each([
      ['numeric', '1', '1.0'],
      ['numeric[]', '{1,null}', '{1.0,null}'],
      ['numrange', '[1,2)', '[1.0,2)'],
      ['nummultirange', '{[1,2)}', '{[1,2.00)}'],
      ['interval', '1 mon', '30 days'],
      ['interval', '1 day', '24:00:00'],
      ['interval[]', '{1 day}', '{24:00:00}'],
      ['jsonb', '1', '1.0'],
      ['jsonb', '{"a": [1, {"b": 1}]}', '{"a": [1, {"b": 1.0}]}'],
      ['bpchar', 'ab', 'ab  '],
      ['box', '(1,1),(0,0)', '(2,2),(1,1)'],
      ['circle', '<(0,0),1>', '<(5,5),1>'],
      ['path', '[(0,0),(1,1)]', '[(2,2),(3,3)]'],
      ['measures', '(1,"[1,2)")', '(1.0,"[1,2)")'],
      ['measures[]', '{"(1,)"}', '{"(1.0,)"}'],
      ['exact_price', '9.9', '9.90'],
    ])('%s from %s to %s', async (type, old, next) => {
      if (type.startsWith('measures') || type.startsWith('exact')) await createOwnTypes(db())
      const [equal] = await db().query(
        `select (${quoteLiteral(old)}::${type} = ${quoteLiteral(next)}::${type})::text as is_equal`,
      )
      expect(equal?.['is_equal']).toBe('true')
      await expectRecorded(db(), type, old, next)
    })

    test('a change of case in a column of a nondeterministic collation', async (context) => {
      try {
        await db().run(
          `create collation if not exists caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
        )
      } catch (error) {
        context.skip(`this build of PostgreSQL has no ICU: ${String(error)}`)
      }
      for (const type of ['text collate caseless', 'varchar(9) collate caseless']) {
        await expectRecorded(db(), type, 'Ged', 'GED')
      }
      await db().run(`create domain caseless_name as text collate caseless`)
      await expectRecorded(db(), 'caseless_name', 'Ged', 'GED')

      await db().run(`
        create table caseless_keys (id text collate caseless primary key, n numeric);
        select backstory.track('caseless_keys');
        insert into caseless_keys values ('Ged', 1);
        update caseless_keys set id = 'GED'`)
      expect((await readLog(db(), 'caseless_keys')).slice(1)).toEqual([
        { action: 'delete', elementId: 'Ged', changes: { before: { id: 'Ged', n: 1 } } },
        { action: 'insert', elementId: 'GED', changes: { after: { id: 'GED', n: 1 } } },
      ])
    })

    test('a change of case in a citext column', async (context) => {
      const [available] = await db().query(
        `select exists (select from pg_available_extensions where name = 'citext')::text as is_there`,
      )
      if (available?.['is_there'] !== 'true') context.skip('this server does not have the extension citext')
      await db().run('create extension if not exists citext')
      await expectRecorded(db(), 'citext', 'Ged', 'GED')
      await expectRecorded(db(), 'citext[]', '{Ged}', '{GED}')
    })
  })

  describe('what to_jsonb does not show is no change:', () => {
    test.each([
      ['a float from 0 to -0', 'float8', `'0'`, `'-0'`],
      ['a real from 0 to -0', 'float4', `'0'`, `'-0'`],
      ['a jsonb from the null of SQL to that of JSON', 'jsonb', 'null', `'null'`],
      ['a json from the null of JSON to that of SQL', 'json', `'null'`, 'null'],
      ['the bounds of an array', 'integer[]', `'{1,2}'`, `'[5:6]={1,2}'`],
      ['the spaces and repeated keys of a json', 'json', `'{"a":2}'`, `'{ "a":1,"a":2 }'`],
    ])('%s', async (_, type, old, next) => {
      await db().run(`
        drop table if exists unseen;
        create table unseen (id integer primary key, n integer, v ${type}, hidden ${type});
        select backstory.track('unseen', '{"redact": ["hidden"]}');
        truncate unseen;
        insert into unseen values (1, 1, ${old}, ${old})`)
      const before = (await readLog(db(), 'unseen')).length
      await db().run(`update unseen set v = ${next}, hidden = ${next}`)
      expect(await readLog(db(), 'unseen')).toHaveLength(before)
      // beside another change it is left out
      await db().run(`update unseen set n = 2, v = ${old}, hidden = ${old}`)
      expect((await readLog(db(), 'unseen')).at(-1)?.changes).toEqual({ before: { n: 1 }, after: { n: 2 } })
    })

    test('the elements of a jsonb[] that are arrays themselves are recorded, but PostgreSQL reads them as dimensions', async () => {
      await db().run(`
        create table nested_lists (id integer primary key, v jsonb[]);
        select backstory.track('nested_lists');
        insert into nested_lists values (1, array['[1, 2]'::jsonb])`)
      expect((await readLog(db(), 'nested_lists'))[0]?.changes).toEqual({ after: { id: 1, v: [[1, 2]] } })
      const [read] = await db().query(`
        select (jsonb_populate_record(null::nested_lists, changes -> 'after')).v::text as v
        from audit_logs where element_type = 'nested_lists'`)
      expect(read?.['v']).toBe('{{1,2}}')
    })
  })

  describe('a composite column', () => {
    test('is recorded field by field, however deep', async () => {
      await db().run(`
        create type coin as (amount numeric, currency text);
        create type purse as (coin coin, note text);
        create domain full_purse as purse;
        create table purses (id integer primary key, p purse, d full_purse, list coin[]);
        select backstory.track('purses');
        insert into purses values (1, row(row(1, 'gold'), 'a'), row(row(1, 'gold'), 'a'), array[row(1, 'gold')]::coin[]);
        update purses set p.coin.amount = 1.0;
        update purses set d = row(row(2, 'gold'), 'a')::purse;
        update purses set list[1].amount = 2`)
      expect((await readEntries(db(), 'purses')).slice(1).map(({ changesText }) => changesText)).toEqual([
        '{"after": {"p": {"coin": {"amount": 1.0}}}, "before": {"p": {"coin": {"amount": 1}}}}',
        '{"after": {"d": {"coin": {"amount": 2}}}, "before": {"d": {"coin": {"amount": 1}}}}',
        '{"after": {"list": [{"amount": 2, "currency": "gold"}]}, "before": {"list": [{"amount": 1, "currency": "gold"}]}}',
      ])
    })

    test('that is null, one whose fields are, and one that is not are three values', async () => {
      await db().run(`
        create type pair as (a integer, b integer);
        create table pairs (id integer primary key, p pair);
        select backstory.track('pairs');
        insert into pairs values (1, null);
        update pairs set p = row(null, null);
        update pairs set p = row(1, null);
        update pairs set p = null`)
      expect((await readLog(db(), 'pairs')).slice(1).map(({ changes }) => changes)).toEqual([
        { before: { p: null }, after: { p: { a: null, b: null } } },
        { before: { p: { a: null } }, after: { p: { a: 1 } } },
        { before: { p: { a: 1, b: null } }, after: { p: null } },
      ])
    })

    test('of the row type of a table follows that table', async () => {
      await db().run(`
        create table inner_rows (a integer);
        create table outer_rows (id integer primary key, r inner_rows);
        select backstory.track('outer_rows');
        insert into outer_rows values (1, row(1));
        alter table inner_rows add column b text;
        update outer_rows set r = row(1, 'b')`)
      expect((await readLog(db(), 'outer_rows')).at(-1)?.changes).toEqual({
        before: { r: { b: null } },
        after: { r: { b: 'b' } },
      })
    })
  })

  describe('an element without an insert in the log is found by a key of type', () => {
    test.each([
      ['numeric', '1.10'],
      ['float8', '0.1'],
      ['bytea', '\\x00ff'],
      ['timestamptz', '2026-01-31 12:34:56.123456+05:45'],
      ['interval', '1 mon'],
      ['tstzrange', '["2026-01-31 12:34:56.123456+05:45",)'],
      ['integer[]', '{{1,2},{3,4}}'],
      ['text[]', '{"a,b",""}'],
      ['numrange[]', '{"[1,2)"}'],
      ['lineage', '(1,"x, y")'],
      ['lineage[]', '{"(1,x)"}'],
      ['integer_list', '{1}'],
      ['jsonb', '"null"'],
      ['jsonb', '{"a": [1.0]}'],
    ])('%s: %s', async (type, value) => {
      await db().run(`
        drop table if exists keyed;
        drop domain if exists integer_list;
        drop type if exists lineage;
        create type lineage as (generation integer, name text);
        create domain integer_list as integer[];
        create table keyed (v ${type}, n integer, m numeric, primary key (v, n));
        insert into keyed values (${quoteLiteral(value)}, 1, 1.0)`)
      for (const key of [['v'], ['v', 'n']]) {
        await db().query(`select backstory.track('keyed', $1)`, [JSON.stringify({ key })])
        await db().run('update keyed set m = m + 1')
        const [before] = await db().query(`
          select
            backstory.state_after('keyed', element_id, audit_logs.id - 1)::text as state,
            (select (to_jsonb(k) || jsonb_build_object('m', m - 1))::text from keyed k) as wanted
          from audit_logs
          where element_type = 'keyed'
          order by audit_logs.id desc
          limit 1`)
        expect(before?.['state']).toBe(before?.['wanted'])
      }
    })
  })

  test('an enum, its arrays and ranges, are recorded by their labels', async () => {
    await db().run(`
      create type rank as enum ('mage', 'Archmage', 'it''s "x"');
      create type ranks as range (subtype = rank);
      create table ranked (id integer primary key, r rank, list rank[], span ranks);
      select backstory.track('ranked');
      insert into ranked values (1, 'mage', '{mage,null}', '[mage,Archmage)');
      update ranked set r = 'it''s "x"', list = '{}', span = '[mage,Archmage]'`)
    expect((await readLog(db(), 'ranked')).at(-1)?.changes).toEqual({
      before: { r: 'mage', list: ['mage', null], span: '[mage,Archmage)' },
      after: { r: 'it\'s "x"', list: [], span: '[mage,Archmage]' },
    })
  })

  test('a reference to an object of the database is recorded with its schema, whatever the search path', async () => {
    await db().run(`
      create schema hall;
      create table hall.books (id integer primary key);
      create table references_to (id integer primary key, c regclass, t regtype);
      select backstory.track('references_to')`)
    await db().session(async (session) => {
      await session.run(
        `set search_path = hall, public; insert into references_to values (1, 'books', 'books')`,
      )
    })
    expect((await readLog(db(), 'references_to'))[0]?.changes).toEqual({
      after: { id: 1, c: 'hall.books', t: 'hall.books' },
    })
  })

  describe('a character that JSON cannot hold', () => {
    test('is refused in a text and in a jsonb by PostgreSQL, and nothing is recorded', async () => {
      await db().run(`
        create table zeros (id integer primary key, t text, j jsonb);
        select backstory.track('zeros')`)
      await expect(db().query('insert into zeros (id, t) values (1, $1)', ['a\0b'])).rejects.toMatchObject({
        code: '22021',
      })
      await expect(
        db().query('insert into zeros (id, j) values (1, $1)', ['"a\\u0000b"']),
      ).rejects.toMatchObject({
        code: '22P05',
      })
      expect(await readLog(db(), 'zeros')).toEqual([])
      expect(await db().query('select id from zeros')).toEqual([])
    })

    test.each([
      ['a zero byte', String.raw`"a\u0000b"`],
      ['half of a surrogate pair', String.raw`"\ud800"`],
      ['a number beyond numeric', '1e999999'],
    ])('%s in a json column makes the write fail: it could not be recorded', async (_, value) => {
      await db().run(`
        drop table if exists raw_documents;
        create table raw_documents (id integer primary key, j json);
        insert into raw_documents values (1, '{}');
        select backstory.track('raw_documents')`)
      const before = (await readLog(db(), 'raw_documents')).length
      await expect(db().query('update raw_documents set j = $1', [value])).rejects.toMatchObject({
        where: expect.stringMatching(/backstory\.capture_/),
      })
      await expect(db().query('insert into raw_documents values (2, $1)', [value])).rejects.toMatchObject({
        code: expect.stringMatching(/^22/),
      })
      expect(await db().query('select id, j::text from raw_documents')).toEqual([{ id: 1, j: '{}' }])
      expect(await readLog(db(), 'raw_documents')).toHaveLength(before)
    })
  })
})

async function createOwnTypes(db: TestDatabase): Promise<void> {
  const [found] = await db.query(`select to_regtype('measures')::text as type`)
  if (found?.['type'] !== null) return
  await db.run(`create type measures as (n numeric, span numrange); create domain exact_price as numeric`)
}

let tableCount = 0

/** A change of one column among others is recorded as that, and rewinds to the row that was. */
async function expectRecorded(db: TestDatabase, type: string, old: string, next: string): Promise<void> {
  const table = `equals_${++tableCount}`
  await db.run(`
    create table ${table} (id integer primary key, a integer, v ${type}, b text, c jsonb, d integer, w ${type});
    select backstory.track('${table}');
    insert into ${table} values (1, 1, ${quoteLiteral(old)}, 'b', '{}', 1, ${quoteLiteral(old)});
    create table old_${table} as select to_jsonb(r) as image from ${table} r;
    update ${table} set v = ${quoteLiteral(next)}, b = 'b'`)
  const [row] = await db.query(`
    select
      l.action::text,
      l.changes::text as changes,
      backstory.diff(o.image, to_jsonb(r))::text as wanted,
      backstory.rewind(to_jsonb(r), l.changes)::text as rewound,
      o.image::text,
      (o.image -> 'v')::text <> to_jsonb(r.v)::text as differs
    from audit_logs l, ${table} r, old_${table} o
    where l.element_type = '${table}'
    order by l.id desc
    limit 1`)
  expect(row).toMatchObject({
    action: 'update',
    changes: row?.['wanted'],
    rewound: row?.['image'],
    differs: true,
  })
  const states = await db.query(`
    select to_jsonb(jsonb_populate_record(null::${table}, backstory.state_after('${table}', '1', l.id)))::text as state
    from audit_logs l
    where l.element_type = '${table}' and l.action = 'insert'`)
  expect(states).toEqual([{ state: row?.['image'] }])
}
