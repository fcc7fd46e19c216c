import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

describeOnEveryDatabase('keys', (db) => {
  const cases: readonly (readonly [type: string, literal: string, id: string])[] = [
    ['integer', '-7', '-7'],
    ['bigint', '9223372036854775807', '9223372036854775807'],
    ['uuid', `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['text', `'Ged "of" Gont, ümläut'`, 'Ged "of" Gont, ümläut'],
    ['text', `''`, ''],
    ['varchar(10)', `'a'`, 'a'],
    ['char(3)', `'a'`, 'a  '],
    ['key_domain', '5', '5'],
    ['key_enum', `'two'`, 'two'],
    ['boolean', 'true', 'true'],
    ['date', `'2026-01-31'`, '2026-01-31'],
    ['timestamptz', `'2026-01-31 12:00:00.123456+02'`, '2026-01-31T10:00:00.123456+00:00'],
    ['bytea', `'\\x00ff'`, '\\x00ff'],
    [
      'numeric(40,20)',
      '12345678901234567890.12345678901234567890',
      '12345678901234567890.12345678901234567890',
    ],
    ['inet', `'::1'`, '::1'],
  ]

  test.each(cases)(
    'a key of type %s: %s is the element %s, and its state can be read',
    async (type, literal, id) => {
      const table = `keyed_${cases.findIndex((one) => one[0] === type && one[1] === literal)}`
      await db().run(`
      do $$ begin
        create domain key_domain as bigint check (value > 0);
        create type key_enum as enum ('one', 'two');
      exception when duplicate_object then null; end $$;
      create table ${table} (k ${type} primary key, n integer);
      insert into ${table} values (${literal}, 1);
      select backstory.track('${table}');
      update ${table} set n = 2`)
      expect((await readLog(db(), table)).map(({ elementId }) => elementId)).toEqual([id])
      const element = createBackstory(db().database).element(table, id)
      const { entries } = await element.entries()
      expect(entries).toHaveLength(1)
      expect(await element.at(new Date(Date.now() + 3_600_000))).toMatchObject({ n: 2 })
    },
  )

  test('a composite key is a JSON array in key order, not in column order', async () => {
    await db().run(`
      create table shelves (place integer, label text, born timestamptz, primary key (label, place, born));
      select backstory.track('shelves');
      insert into shelves values (1, 'a"b', '2026-01-31 12:00+01')`)
    const [entry] = await readLog(db(), 'shelves')
    expect(entry?.elementId).toBe('["a\\"b",1,"2026-01-31T11:00:00+00:00"]')
    const element = createBackstory(db().database).element('shelves', ['a"b', 1, '2026-01-31T11:00:00+00:00'])
    expect(element.elementId).toBe(entry?.elementId)
    expect((await element.entries()).entries).toHaveLength(1)
    expect(await element.at(new Date(Date.now() + 3_600_000))).toMatchObject({ label: 'a"b', place: 1 })
  })

  test('a composite key of a bigint beyond 2⁵³ is exact', async () => {
    await db().run(`
      create table ledgers (a bigint, b numeric, primary key (a, b));
      select backstory.track('ledgers');
      insert into ledgers values (9007199254740993, 1.50)`)
    expect((await readLog(db(), 'ledgers'))[0]?.elementId).toBe('[9007199254740993,1.50]')
    const element = createBackstory(db().database).element('ledgers', [
      9007199254740993n,
      JSON.rawJSON('1.50'),
    ])
    expect((await element.entries()).entries).toHaveLength(1)
  })

  test('without a primary key the option key names the columns that identify an element', async () => {
    await db().run(`
      create table unkeyed (a integer not null, b text not null, c text);
      select backstory.track('unkeyed', '{"key": ["b", "a"]}');
      insert into unkeyed values (1, 'x', 'c');
      update unkeyed set c = 'd';
      update unkeyed set a = 2`)
    expect(await readLog(db(), 'unkeyed')).toEqual([
      { action: 'insert', elementId: '["x",1]', changes: { after: { a: 1, b: 'x', c: 'c' } } },
      { action: 'update', elementId: '["x",1]', changes: { before: { c: 'c' }, after: { c: 'd' } } },
      { action: 'delete', elementId: '["x",1]', changes: { before: { a: 1, b: 'x', c: 'd' } } },
      { action: 'insert', elementId: '["x",2]', changes: { after: { a: 2, b: 'x', c: 'd' } } },
    ])
  })

  test('the option key goes before the primary key', async () => {
    await db().run(`
      create table slugged (id integer primary key, slug text not null unique);
      select backstory.track('slugged', '{"key": ["slug"]}');
      insert into slugged values (1, 'ged')`)
    expect((await readLog(db(), 'slugged'))[0]?.elementId).toBe('ged')
  })

  test('a column that the option key names twice is refused', async () => {
    await db().run('create table doubled (id integer primary key)')
    await expect(
      createBackstory(db().database).track('doubled', { key: ['id', 'id'] }),
    ).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringContaining('"id" of doubled twice'),
    })
  })

  test('a table with neither is refused, with what to do about it', async () => {
    await db().run('create table keyless (a integer)')
    await expect(createBackstory(db().database).track('keyless')).rejects.toMatchObject({
      code: 'no_key',
      message: expect.stringMatching(/keyless has no primary key.*"key": \["column", …\]/),
    })
  })

  test('a key column that may be null is refused', async () => {
    await db().run('create table vague (a integer)')
    await expect(createBackstory(db().database).track('vague', { key: ['a'] })).rejects.toMatchObject({
      code: 'no_key',
      message: expect.stringContaining('"a" of vague may be null'),
    })
  })
})

/** The global `JSON`, with what TypeScript's library does not know yet. */
declare const JSON: { rawJSON(text: string): bigint }
