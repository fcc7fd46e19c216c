import postgres from 'postgres'
import { expect, test } from 'vitest'

import { actingAs, createBackstory, type Entry } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import { describeOnPostgresAndPglite, openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

describeOnPostgresAndPglite('undoing, column by column,', (db) => {
  const backstory = () => createBackstory(db().database)

  async function run(...texts: readonly string[]): Promise<void> {
    for (const text of texts) await db().run(text)
  }

  async function rows(table: string): Promise<string[]> {
    const found = await db().query(`select to_jsonb(r.*)::text as row from ${table} r order by r::text`)
    return found.map(({ row }) => String(row))
  }

  async function newest(elementType: string): Promise<Entry> {
    const [entry] = (await backstory().entries({ elementType, limit: 1 })).entries
    if (entry === undefined) throw new Error('The entry is there.')
    return entry
  }

  test('gives every value back as it was, digit by digit', async () => {
    await run(
      `create table exact (
      id bigint primary key, n numeric, f float8, d interval, t timestamptz, b bytea, r int4range, a text[], j json,
      doc jsonb not null, m money, ts timestamp, u uuid, c char(5), bits bit varying)`,
    )
    await backstory().track('exact')
    await run(`insert into exact values (
      9007199254740993, 12345678901234567890.1234567890000, 'NaN', '-1 days 02:03:04', '2026-01-31 12:00:00.123456+02',
      '\\xdeadbeef', '[1,5)', '{"a,b",null,"x"}', '{"k": 1.0}', 'null', '1.50', 'infinity', gen_random_uuid(), 'ab',
      '1011')`)
    const before = await rows('exact')
    await run('delete from exact')
    await backstory().undo({ entry: await newest('exact') })
    expect(await rows('exact')).toEqual(before)
    await run(`update exact set n = 1, f = 0, d = '1 mon', t = now(), b = '', r = 'empty', a = '{}', j = '2', doc = '{}',
      m = 2, ts = now(), u = gen_random_uuid(), c = 'x', bits = '0'`)
    const update = await newest('exact')
    await backstory().undo({ entry: update })
    expect(await rows('exact')).toEqual(before)
  })

  test('leaves generated columns to the database, and writes identities that it gives itself', async () => {
    await run(
      `create table made (id integer generated always as identity primary key, a integer, twice integer generated always as (a * 2) stored)`,
    )
    await backstory().track('made')
    await run('insert into made (a) values (1)', 'update made set a = 5', 'delete from made')
    for (const place of [0, 1]) {
      const entry = (await backstory().entries({ elementType: 'made', limit: 1 + 2 * place })).entries.at(-1)
      await backstory().undo({ entry: entry?.id ?? '' })
    }
    expect(await rows('made')).toEqual(['{"a": 1, "id": 1, "twice": 2}'])
  })

  test('says which columns the log does not hold, and refuses an element that needs one', async () => {
    await run(
      'create table secrets (id integer primary key, name text, secret text, seen integer default 7)',
      'create table sealed (id integer primary key, secret text not null)',
    )
    await backstory().track('secrets', { redact: ['secret'], ignore: ['seen'] })
    await backstory().track('sealed', { redact: ['secret'] })
    await run(
      `insert into secrets values (1, 'a', 's3cret', 1)`,
      `update secrets set name = 'b', secret = 't0p'`,
      'delete from secrets',
      `insert into sealed values (1, 'x')`,
      'delete from sealed',
    )
    const deletion = await newest('secrets')
    const { omitted } = await backstory().undo({ entry: deletion })
    expect(omitted).toEqual([
      { elementType: 'secrets', elementId: '1', column: 'secret', reason: 'redacted', entryId: deletion.id },
    ])
    expect(await rows('secrets')).toEqual(['{"id": 1, "name": "b", "seen": 7, "secret": null}'])
    await expect(backstory().undo({ entry: await newest('sealed') })).rejects.toMatchObject({
      code: 'not_restorable',
      details: { column: 'secret' },
    })
  })

  test('tells no redacted value, neither in a preview nor in a conflict', async () => {
    await run('create table hidden (id integer primary key, name text, secret text)')
    await backstory().track('hidden', { redact: ['secret'] })
    await run(`insert into hidden values (1, 'a', 's3cret')`)
    const entry = await newest('hidden')
    const preview = await backstory().previewUndo({ entry })
    await run(`update hidden set secret = 's3cret2'`)
    const error = await backstory()
      .undo({ entry })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'undo_conflict' })
    const forced = await backstory().undo({ entry }, { conflicts: 'force' })
    expect(JSON.stringify([preview, forced, String(error)])).not.toContain('s3cret')
  })

  test('follows renamed columns and tables, and says which column was dropped', async () => {
    await run('create table old_name (id integer primary key, first text, gone text)')
    await backstory().track('old_name')
    await run(
      `insert into old_name values (1, 'a', 'g')`,
      `update old_name set first = 'b', gone = 'h'`,
      'alter table old_name rename column first to second',
      'alter table old_name drop column gone',
      'alter table old_name rename to new_name',
      'alter table new_name add column extra integer default 3',
    )
    if (db().capture === 'generic') await run('select backstory.follow()')
    const update = await newest('new_name')
    const { omitted } = await backstory().undo({ entry: update })
    expect(await rows('new_name')).toEqual(['{"id": 1, "extra": 3, "second": "a"}'])
    expect(omitted).toMatchObject([{ column: 'gone', reason: 'dropped', entryId: update.id }])
    // the new column has its default: nobody's change
    const { entries } = await backstory().entries({ elementType: 'new_name', order: 'oldest' })
    await backstory().undo({ entry: entries[0]?.id ?? '' })
    expect(await rows('new_name')).toEqual([])
  })

  test('works under composite keys, quoted names and in other schemas', async () => {
    await run(
      'create schema "Other one"',
      `create table "Other one"."T.x" ("K 1" text, "k""2" integer[], "select" jsonb, r integer, e text, p text, primary key ("K 1", "k""2"))`,
    )
    await backstory().track('"Other one"."T.x"')
    await run(
      `insert into "Other one"."T.x" values ('it''s', '{1,2}', '{"a": 1}', 1, 'e', 'p')`,
      `update "Other one"."T.x" set "select" = '{"a": 2}', r = 2`,
      `delete from "Other one"."T.x"`,
    )
    const states: string[][] = []
    const { entries } = await backstory().entries({ elementType: '"Other one"."T.x"' })
    for (const entry of entries) {
      await backstory().undo({ entry })
      states.push(await rows('"Other one"."T.x"'))
    }
    expect(states.map((state) => state.length)).toEqual([1, 1, 0])
    expect(states[1]?.[0]).toContain('{"a": 1}')
  })

  test('goes through partitioned tables, and the triggers of the table run as for anybody', async () => {
    await run(
      'create table parts (id integer, kind text, n integer, primary key (kind, id)) partition by list (kind)',
      `create table parts_a partition of parts for values in ('a')`,
      `create table parts_b partition of parts for values in ('b')`,
      'create table counter (n integer)',
      `create function note() returns trigger language plpgsql as 'begin insert into counter values (1); return new; end'`,
      'create trigger note before update on parts for each row execute function note()',
    )
    await backstory().track('parts')
    await run(`insert into parts values (1, 'a', 1), (2, 'b', 1)`, 'update parts set n = 2')
    await backstory().undo({ transactionId: (await newest('parts')).transactionId })
    expect(await rows('parts')).toEqual(['{"n": 1, "id": 1, "kind": "a"}', '{"n": 1, "id": 2, "kind": "b"}'])
    expect(await rows('counter')).toHaveLength(4)
  })

  test('refuses a table that is not tracked any more', async () => {
    await run('create table left_alone (id integer primary key)')
    await backstory().track('left_alone')
    await run('insert into left_alone values (1)')
    await backstory().untrack('left_alone')
    await expect(backstory().undo({ entry: await newest('left_alone') })).rejects.toMatchObject({
      code: 'not_tracked',
    })
  })
})

test('undoing through an audited pool names its actor and what is undone in every entry', async () => {
  const db = await openPostgres()
  try {
    const pool = audited(db.database)
    const backstory = createBackstory(pool)
    await db.run('create table carried (id integer primary key, n integer)')
    await backstory.track('carried')
    await db.run('insert into carried select n, 0 from generate_series(1, 150) n')
    await db.run('update carried set n = 1 where id > 145')
    const { entries } = await backstory.entries({ limit: 155 })
    await actingAs({ userId: 'ada' }, () => backstory.undo({ entries }))
    const undoing = (await readEntries(db, 'carried')).slice(155)
    expect(undoing).toHaveLength(150)
    for (const { userId, context, elementId } of undoing) {
      expect(userId).toBe('ada')
      const own = entries.filter((entry) => entry.elementId === elementId).map(({ id }) => id)
      expect(context).toMatchObject({ undoes: expect.arrayContaining(own) })
    }
  } finally {
    await db.close()
  }
})

test('undoing reads values as the log wrote them, whatever the settings of the session', async () => {
  const options =
    '-c intervalstyle=sql_standard -c datestyle=German,DMY -c timezone=Asia/Kolkata -c bytea_output=escape'
  const db = await openPostgres({ pool: { options } })
  try {
    const backstory = createBackstory(db.database)
    await db.run('create table styled (id integer primary key, d interval, t timestamptz, x date, b bytea)')
    await backstory.track('styled')
    await db.run(
      `insert into styled values (1, interval '-1 day +02:03:04', '2026-01-02T03:04:05Z', date '2026-02-01', '\\xff')`,
    )
    const image = 'select backstory.image_of(s.*)::text as image from styled s'
    const before = await db.query(image)
    await db.run('delete from styled')
    const [deletion] = (await backstory.entries({ limit: 1 })).entries
    await backstory.undo({ entry: deletion?.id ?? '' })
    expect(await db.query(image)).toEqual(before)
  } finally {
    await db.close()
  }
})

test('undoing works through postgres.js, with the actor, and frees unique values there too', async () => {
  const db = await openPostgres()
  const sql = postgres(db.url, { onnotice: () => {} })
  try {
    const backstory = createBackstory(sql)
    await db.run('create table slugs (id integer primary key, slug text unique)')
    await backstory.track('slugs')
    await db.run(`insert into slugs values (1, 'x'), (2, 'y')`)
    await db.run(`delete from slugs where id = 1; update slugs set slug = 'x'`)
    const [last] = (await backstory.entries({ limit: 1 })).entries
    const what = { transactionId: last?.transactionId ?? '' }
    await actingAs({ userId: 'ada' }, () => backstory.undo(what))
    expect(await db.query('select id, slug from slugs order by id')).toEqual([
      { id: 1, slug: 'x' },
      { id: 2, slug: 'y' },
    ])
    expect((await readEntries(db, 'slugs')).slice(-2).map(({ userId }) => userId)).toEqual(['ada', 'ada'])
  } finally {
    await sql.end()
    await db.close()
  }
})
