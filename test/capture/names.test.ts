import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { readLog } from '../support/log.ts'

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`

describeOnEveryDatabase('names', (db) => {
  test.each([
    'Order Items',
    'select',
    'table',
    'with"quotes"in',
    `it's`,
    'back\\slash',
    'percent %s %I %L %%',
    'dollar $function$ $1 $$',
    'ümläut 世界',
    'a'.repeat(63),
    `${'é'.repeat(31)}b`,
    'new',
    'old',
    'tg_op',
    'before',
    'trailing ',
    '1',
    '{"a": 1}',
  ])('a table and columns named %j are tracked, recorded and read', async (name) => {
    const table = quote(name)
    // the key column and another, both named like the table as far as they can be
    const column = quote(name.slice(0, 20) + 'x')
    await db().run(
      `create table ${table} (${table} integer primary key, ${column} text, doc jsonb, hidden text)`,
    )
    const backstory = createBackstory(db().database)
    await backstory.track(name, {
      label: name.slice(0, 20) + 'x',
      scope: name.slice(0, 20) + 'x',
      redact: ['hidden'],
    })
    await db().run(`
      insert into ${table} values (1, 'a', '{"k": 1}', 's');
      update ${table} set ${column} = 'b', doc = '{"k": 2}';
      update ${table} set ${table} = 2;
      truncate ${table}`)
    const other = name.slice(0, 20) + 'x'
    const row = { [name]: 1, [other]: 'b', doc: { k: 2 } }
    const redacted = ['hidden']
    expect(await readLog(db(), name)).toEqual([
      {
        action: 'insert',
        elementId: '1',
        changes: { after: { [name]: 1, [other]: 'a', doc: { k: 1 } }, redacted },
      },
      {
        action: 'update',
        elementId: '1',
        changes: { before: { [other]: 'a', doc: { k: 1 } }, after: { [other]: 'b', doc: { k: 2 } } },
      },
      { action: 'delete', elementId: '1', changes: { before: row, redacted } },
      { action: 'insert', elementId: '2', changes: { after: { ...row, [name]: 2 }, redacted } },
      { action: 'delete', elementId: '2', changes: { before: { ...row, [name]: 2 }, redacted } },
    ])
    const { entries } = await backstory.element(name, 1).entries({ action: 'update' })
    expect(entries).toHaveLength(1)
    const [update] = entries
    if (update === undefined) return
    expect(await backstory.element(name, 1).at(update)).toEqual(row)
    expect((await backstory.tracked()).find(({ elementType }) => elementType === name)?.status).toBe('active')
    await backstory.untrack(name)
    await db().run(`insert into ${table} values (3)`)
    expect(await readLog(db(), name)).toHaveLength(5)
  })

  test.each(['r', 'a', 't', 'h', 's', 'c', 'k'])(
    'a column %s is not mistaken for an alias of ours',
    async (name) => {
      const table = `aliased_${name}`
      await db().run(`
      create table ${table} (${name} integer primary key, n integer);
      insert into ${table} values (1, 1);
      select backstory.track('${table}');
      update ${table} set n = 2;
      truncate ${table}`)
      const [update, truncate] = await readLog(db(), table)
      expect(truncate?.changes).toEqual({ before: { [name]: 1, n: 2 } })
      expect(update?.elementId).toBe('1')
      await db().run(`insert into ${table} values (2, 1)`)
      const state = await createBackstory(db().database)
        .element(table, 2)
        .at(new Date(Date.now() + 3_600_000))
      expect(state).toEqual({ [name]: 2, n: 1 })
    },
  )

  test('columns named by numbers are keys of objects, whichever of them changes first', async () => {
    await db().run(`
      create table counted (id integer primary key, "0" integer, "-1" jsonb, " 2" text, plain integer);
      select backstory.track('counted');
      insert into counted values (1, 0, '{"1": 1}', 'a', 1);
      update counted set " 2" = 'b';
      update counted set "-1" = '{"1": 2}';
      update counted set "0" = 1, plain = 2;
      update counted set plain = 3, " 2" = 'c'`)
    expect((await readLog(db(), 'counted')).slice(1).map(({ changes }) => changes)).toEqual([
      { before: { ' 2': 'a' }, after: { ' 2': 'b' } },
      { before: { '-1': { 1: 1 } }, after: { '-1': { 1: 2 } } },
      { before: { 0: 0, plain: 1 }, after: { 0: 1, plain: 2 } },
      { before: { ' 2': 'b', plain: 2 }, after: { ' 2': 'c', plain: 3 } },
    ])
  })

  test('columns named like the variables of a capture function are only columns', async () => {
    await db().run(`
      create table tricky (
        id integer primary key, before text, after text, redacted text, nested text, old text, new text, t text,
        changes text, user_id text, context text, element_type text, "timestamp" text, left_out text, side text
      );
      select backstory.track('tricky');
      insert into tricky values (1, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a');
      update tricky set before = 'b', after = 'c', redacted = 'd', nested = 'e', old = 'f', new = 'g', t = 'h',
        changes = 'i', user_id = 'j', context = 'k', element_type = 'l', "timestamp" = 'm', left_out = 'n', side = 'o'`)
    expect((await readLog(db(), 'tricky')).at(-1)?.changes).toMatchObject({
      after: {
        before: 'b',
        after: 'c',
        redacted: 'd',
        nested: 'e',
        old: 'f',
        new: 'g',
        t: 'h',
        changes: 'i',
        user_id: 'j',
        context: 'k',
        element_type: 'l',
        timestamp: 'm',
        left_out: 'n',
        side: 'o',
      },
    })
  })

  test.each(['begin', 'by', 'declare', 'execute', 'foreach', 'if', 'loop', 'strict', 'while'])(
    'a column may have the name %s, which PL/pgSQL reserves and SQL does not',
    async (name) => {
      const table = `reserves_${name}`
      await db().run(`
        create table ${table} (${name} integer primary key, n integer);
        create table ${table}_beside (id integer primary key, ${name} text, document jsonb);
        select backstory.track('${table}');
        select backstory.track('${table}_beside', '{"scope": "${name}"}');
        insert into ${table} values (1, 1);
        update ${table} set n = 2;
        insert into ${table}_beside values (1, 'a');
        update ${table}_beside set ${name} = 'b'`)
      expect((await readLog(db(), table)).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual([
        'insert 1',
        'update 1',
      ])
      expect((await readLog(db(), `${table}_beside`)).at(-1)?.changes).toEqual({
        before: { [name]: 'a' },
        after: { [name]: 'b' },
      })
    },
  )

  test('two tables of one name in two schemas are two element types', async () => {
    await db().run(`
      create schema "Sales Dept";
      create schema stock;
      create table items (id integer primary key);
      create table "Sales Dept".items (id integer primary key);
      create table stock.items (id integer primary key);
      create table stock."Order Items" (id integer primary key)`)
    const backstory = createBackstory(db().database)
    await backstory.track('items')
    await backstory.track('"Sales Dept".items')
    await backstory.track('stock.items')
    await backstory.track('stock."Order Items"')
    await db().run(`
      insert into items values (1);
      insert into "Sales Dept".items values (1), (2);
      insert into stock.items values (1), (2), (3);
      insert into stock."Order Items" values (1), (2), (3), (4)`)
    expect(await readLog(db(), 'items')).toHaveLength(1)
    expect(await readLog(db(), '"Sales Dept".items')).toHaveLength(2)
    expect(await readLog(db(), 'stock.items')).toHaveLength(3)
    expect(await readLog(db(), 'stock."Order Items"')).toHaveLength(4)
    expect((await backstory.element('"Sales Dept".items', 2).entries()).entries).toHaveLength(1)
    expect(await backstory.element('items', 2).entries()).toMatchObject({ entries: [] })
  })

  test('a table whose name holds a dot is not mistaken for a table of a schema', async () => {
    await db().run(`
      create schema dotted;
      create table dotted.things (id integer primary key);
      create table "dotted.things" (id integer primary key);
      select backstory.track('"dotted"."things"'), backstory.track('dotted.things');
      insert into dotted.things values (1);
      insert into "dotted.things" values (2)`)
    expect((await readLog(db(), 'dotted.things')).map(({ elementId }) => elementId)).toEqual(['1'])
    expect((await readLog(db(), 'public."dotted.things"')).map(({ elementId }) => elementId)).toEqual(['2'])
  })

  test('a name that is not there is an error that offers the table of another schema', async () => {
    await db().run('create schema elsewhere; create table elsewhere.lost (id integer primary key)')
    const backstory = createBackstory(db().database)
    await expect(backstory.track('lost')).rejects.toMatchObject({
      code: 'table_not_found',
      message: expect.stringMatching(/There is no table "lost".*Did you mean elsewhere\.lost\?/),
    })
    await expect(backstory.track('never was')).rejects.toMatchObject({ code: 'table_not_found' })
    await expect(backstory.track('')).rejects.toMatchObject({ code: 'table_not_found' })
    await expect(backstory.track('a.b.c')).rejects.toMatchObject({ code: 'table_not_found' })
    await expect(backstory.untrack('lost')).rejects.toMatchObject({ code: 'table_not_found' })
  })
})
