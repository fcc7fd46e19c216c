import { Kysely, PostgresDialect, sql, type RawBuilder } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { auditDialect } from '../../src/kysely.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { readLastId, readSince } from '../support/log.ts'

interface Database {
  parts: { id: number; part: string; n: number }
  keyed: { id: string | number; n: number }
}

let db: Awaited<ReturnType<typeof openPostgres>>
let kysely: Kysely<Database>
let start = '0'

beforeAll(async () => {
  db = await openPostgres()
  await db.run('create domain positive as integer check (value > 0)')
})
afterAll(() => db.close())
beforeEach(() => {
  const pool = audited(new pg.Pool({ connectionString: db.url, max: 1 }))
  kysely = new Kysely<Database>({
    dialect: auditDialect(new PostgresDialect({ pool }), { tables: { keyed: ['id'], parts: ['id'] } }),
  })
  return () => kysely.destroy()
})

/** Makes `keyed` with one row. */
async function make(key: string, id: string, type = 'integer'): Promise<void> {
  await db.run(`
    drop table if exists keyed;
    create table keyed (id ${key} primary key, n ${type});
    insert into keyed values ('${id}', 1);
    select backstory.track('keyed', '{"capture": "listener"}')`)
  start = await readLastId(db)
}

const changes = async () => (await readSince(db, start)).map((entry) => entry.at(-1))

// of a table with a domain no functions are made for its rows
test.each(['integer', 'positive'])(
  'the row of a change is what its condition finds, beside %s',
  async (type) => {
    const examples = [
      ['date', '2003-01-02', '01/02/03', 'set datestyle = mdy'],
      ['timestamptz', '2026-01-01 09:00+00', '2026-01-01 10:00', `set timezone = 'Europe/Berlin'`],
      ['text', '1e+21', 1e21, 'select 1'],
      ['text', '1e-7', 1e-7, 'select 1'],
      ['text', '-7', -7, 'select 1'],
      ['uuid', 'c0ffee00-0000-4000-8000-000000000001', 'C0FFEE00-0000-4000-8000-000000000001', 'select 1'],
    ] as const
    for (const [key, id, given, setting] of examples) {
      await make(key, id, type)
      await sql.raw(setting).execute(kysely)
      await kysely.updateTable('keyed').set({ n: 2 }).where('id', '=', given).execute()
      expect(await changes(), `${key} by ${given}`).toEqual([{ before: { n: 1 }, after: { n: 2 } }])
    }
  },
)

test('a key that is too long for its column is not there', async () => {
  await make('varchar(3)', '123')
  await kysely.updateTable('keyed').set({ n: 2 }).where('id', 'in', ['123', '1234']).execute()
  expect(await changes()).toEqual([{ before: { n: 1 }, after: { n: 2 } }])
})

test('an error of a condition is what the database says of it, however often the table was written', async () => {
  await make('integer', '1')
  const update = (condition: RawBuilder<boolean>) =>
    kysely
      .updateTable('keyed')
      .set({ n: sql`n + 1` })
      .where(condition)
      .execute()
  for (let time = 0; time < 2; time++) await update(sql`n > 0`)
  await expect(update(sql`no_such_function(id)`)).rejects.toMatchObject({
    code: '42883',
    message: expect.stringContaining('no_such_function'),
  })
})

test('a condition finds its rows by the types that its columns have by now', async () => {
  await make('integer', '1', 'real')
  const update = (given: number) =>
    kysely
      .updateTable('keyed')
      .set({ n: sql`n + 1` })
      .where('n', '=', given)
      .execute()
  for (const given of [1, 2, 3]) await update(given)
  await db.run('alter table keyed alter column n type double precision; update keyed set n = 0.1')
  await update(0.1)
  expect((await changes()).at(-1)).toEqual({ before: { n: 0.1 }, after: { n: 1.1 } })
})

test('a key that may find several rows is refused, whatever is written by it', async () => {
  await db.run(`
    drop table if exists parts;
    create table parts (id integer, part text, n integer, primary key (id, part));
    insert into parts values (1, 'a', 0);
    select backstory.track('parts', '{"capture": "listener"}')`)
  start = await readLastId(db)
  const refused = { code: 'invalid_argument', message: expect.stringContaining('key is id, part') }
  const insert = kysely.insertInto('parts').values({ id: 1, part: 'b', n: 0 })
  for (let time = 0; time < 2; time++) {
    await expect(insert.execute()).rejects.toMatchObject(refused)
    await expect(
      kysely.updateTable('parts').set({ part: 'c' }).where('id', '=', 1).execute(),
    ).rejects.toMatchObject(refused)
    await expect(kysely.deleteFrom('parts').where('n', '=', 0).execute()).rejects.toMatchObject(refused)
  }
  expect(await db.query('select * from parts')).toEqual([{ id: 1, part: 'a', n: 0 }])
  expect(await changes()).toEqual([])
  await db.run('alter table parts add unique (id)')
  await kysely.updateTable('parts').set({ n: 2 }).where('id', '=', 1).execute()
  expect(await changes()).toEqual([{ before: { n: 0 }, after: { n: 2 } }])
})

test('a key of jsonb is found by its text, whatever it holds', async () => {
  for (const [id, given] of [
    ['{"a": 1}', '{"a":1}'],
    ['"x"', '"x"'],
    ['7', '7'],
  ] as const) {
    await make('jsonb', id)
    await kysely.updateTable('keyed').set({ n: 2 }).where('id', '=', given).execute()
    await kysely.updateTable('keyed').set({ n: 3 }).where('n', '=', 2).execute()
    await kysely.deleteFrom('keyed').where('id', '=', given).execute()
    await kysely.insertInto('keyed').values({ id: given, n: 4 }).execute()
    expect(await changes(), id).toEqual([
      { before: { n: 1 }, after: { n: 2 } },
      { before: { n: 2 }, after: { n: 3 } },
      { before: { id: JSON.parse(id) as unknown, n: 3 } },
      { after: { id: JSON.parse(id) as unknown, n: 4 } },
    ])
  }
})

test('times in a key are found whatever the style of the session, in which they would be read wrongly', async () => {
  for (const style of ['SQL, DMY', 'SQL, MDY', 'German', 'Postgres, DMY']) {
    for (const [type, id] of [
      ['date', '2003-02-01'],
      ['timestamptz', '2003-02-01 10:00:00.123456+00'],
      ['timestamp', '2003-02-01 10:00:00.123456'],
    ] as const) {
      await make(type, id)
      await sql.raw(`set datestyle = '${style}'; set timezone = 'Europe/Berlin'`).execute(kysely)
      await kysely.updateTable('keyed').set({ n: 2 }).where('id', '=', id).execute()
      await kysely.deleteFrom('keyed').where('n', '=', 2).execute()
      await kysely.insertInto('keyed').values({ id, n: 3 }).execute()
      expect(await changes(), `${type} in ${style}`).toEqual([
        { before: { n: 1 }, after: { n: 2 } },
        { before: expect.objectContaining({ n: 2 }) as unknown },
        { after: expect.objectContaining({ n: 3 }) as unknown },
      ])
    }
  }
})
