import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createRecorder, type Announcement } from '../../src/orm/recorder.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { flushClientOfPg } from '../support/flush.ts'
import { readLastId, readSince } from '../support/log.ts'
import { pgbouncerMissing, startPgbouncer } from '../support/pgbouncer.ts'

const recorder = createRecorder()
let db: Awaited<ReturnType<typeof openPostgres>>
let client: pg.Client
let start = '0'

beforeAll(async () => {
  db = await openPostgres({ pool: { max: 4 } })
})
afterAll(() => db.close())

async function connect(url = db.url): Promise<pg.Client> {
  const made = audited(new pg.Client({ connectionString: url }))
  await made.connect()
  return made
}

/** Flushes one statement in a transaction of its own. */
async function flush(
  text: string,
  announced: readonly Announcement[],
  { on = client, first = 'select 1' }: { readonly on?: pg.ClientBase; readonly first?: string } = {},
): Promise<void> {
  await on.query('begin')
  try {
    await on.query(first)
    const photographed = await recorder.photograph(flushClientOfPg(on), announced)
    await on.query(text)
    await photographed.record()
    await on.query('commit')
  } catch (error) {
    await on.query('rollback').catch(() => undefined)
    throw error
  }
}

const of = (id: number, name = 'deed', schema = 'public'): Announcement => ({
  table: { schema, name },
  operation: 'update',
  key: { id },
})
const update = (id = 1, table = 'deed', options = {}) =>
  flush(`update ${table} set n = n + 1 where id = ${id}`, [of(id, ...names(table))], options)
const names = (table: string): [string, string] => {
  const [schema = '', name] = table.split('.')
  return name === undefined ? [schema, 'public'] : [name, schema]
}

const written = async () =>
  (await readSince(db, start)).map(([type, id, action, changes]) => [type, id, action, changes])
const updated = (from: number, id = '1', type = 'deed') => [
  type,
  id,
  'update',
  { before: { n: from }, after: { n: from + 1 } },
]

beforeEach(async () => {
  await db.run(`
    drop schema if exists elsewhere cascade;
    create schema elsewhere;
    drop table if exists deed, act, deed_old cascade;
    create table deed (id integer primary key, n integer not null, tenant text default 'a');
    insert into deed values (1, 1), (2, 1), (3, 1);
    select backstory.track('deed', '{"capture": "listener"}')`)
  start = await readLastId(db)
  client = await connect()
  for (let time = 0; time < 2; time++) await update(3)
  start = await readLastId(db)
  return () => client.end()
})

describe('a connection that knows the functions of a table', () => {
  test('records through PgBouncer, where its transactions meet other sessions', async (context) => {
    const missing = pgbouncerMissing()
    if (missing !== undefined) context.skip(missing)
    const bouncer = await startPgbouncer(db.url, { serverConnections: 2 })
    const clients = await Promise.all([1, 2, 3, 4].map(() => connect(bouncer.url)))
    for (let round = 0; round < 4; round++) {
      await Promise.all(clients.map((on, index) => update((index % 2) + 1, 'deed', { on })))
    }
    await Promise.all(clients.map((on) => on.end()))
    await bouncer.stop()
    const entries = await written()
    expect(entries).toHaveLength(16)
    for (const id of ['1', '2']) {
      expect(entries.filter(([, its]) => its === id)).toEqual(
        [1, 2, 3, 4, 5, 6, 7, 8].map((n) => updated(n, id)),
      )
    }
  })

  test('records what row security lets a role write, and what it hides looks deleted', async () => {
    await db.run(`
      do $$ begin create role writer_of_deeds login; exception when duplicate_object then null; end $$;
      grant select, insert, update, delete on deed to writer_of_deeds;
      grant usage on schema public to writer_of_deeds;
      alter table deed enable row level security;
      create policy own on deed using (tenant = current_setting('app.tenant', true)) with check (true);
      update deed set tenant = 'b' where id = 2`)
    const first = `set local role writer_of_deeds; set local app.tenant = 'a'`
    await update(1, 'deed', { first })
    await update(2, 'deed', { first })
    await flush(`update deed set n = n + 1`, [of(1), of(2)], { first })
    await update(2, 'deed', { first: `set local role writer_of_deeds; set local app.tenant = 'b'` })
    expect((await written()).map((entry) => entry.slice(1))).toEqual([
      ['1', 'update', { before: { n: 1 }, after: { n: 2 } }],
      ['1', 'update', { before: { n: 2 }, after: { n: 3 } }],
      ['2', 'update', { before: { n: 1 }, after: { n: 2 } }],
    ])
  })

  test.each([
    ['another search path', `set local search_path = elsewhere, pg_temp`, 'public.deed'],
    [
      'a search path with a table of the same name',
      `create table elsewhere.deed (like public.deed); set local search_path = elsewhere, public`,
      'public.deed',
    ],
    [
      'operators of another schema in front',
      `create function elsewhere.eq(integer, integer) returns boolean language sql return false; create operator elsewhere.= (leftarg = integer, rightarg = integer, function = elsewhere.eq); set local search_path = elsewhere, pg_catalog, public`,
      'public.deed',
    ],
    ['session_replication_role', `set local session_replication_role = replica`, 'deed'],
    ['a style of dates', `set local datestyle = 'SQL, DMY'`, 'deed'],
    ['row_security off', `set local row_security = off`, 'deed'],
    ['non-standard strings', `set local standard_conforming_strings = off`, 'deed'],
    ['one snapshot for all of the transaction', `set transaction isolation level serializable`, 'deed'],
  ])('records under %s', async (_, first, table) => {
    await flush(`update ${table} set n = n + 1 where id operator(pg_catalog.=) 1`, [of(1)], { first })
    expect(await written()).toEqual([updated(1)])
  })

  test('follows a table that is renamed, and refuses its old name', async () => {
    await db.run('alter table deed rename to act')
    await expect(update(1)).rejects.toBeDefined()
    await expect(flush('select 1', [of(1)])).rejects.toMatchObject({ code: 'not_tracked' })
    await update(1, 'act')
    await update(1, 'act')
    expect(await written()).toEqual([updated(1, '1', 'act'), updated(2, '1', 'act')])
  })

  test('refuses a view in the place of a table that was renamed', async () => {
    await db.run('alter table deed rename to act; create view deed as select * from act')
    await expect(update(1)).rejects.toMatchObject({ code: 'not_tracked' })
    await expect(update(1)).rejects.toMatchObject({ code: 'not_tracked' })
    expect(await written()).toEqual([])
    await db.run('drop view deed')
  })

  test('follows a table that is moved to another schema, and refuses its old name', async () => {
    await db.run('alter table deed set schema elsewhere')
    await expect(flush('select 1', [of(1)])).rejects.toMatchObject({ code: 'not_tracked' })
    await update(1, 'elsewhere.deed')
    await update(1, 'elsewhere.deed')
    expect(await written()).toEqual([updated(1, '1', 'elsewhere.deed'), updated(2, '1', 'elsewhere.deed')])
  })

  test('refuses a table that is dropped and made again, until it is tracked', async () => {
    await db.run(
      `drop table deed; create table deed (id integer primary key, n integer, x text); insert into deed values (1, 1, 'x')`,
    )
    await expect(update(1)).rejects.toMatchObject({ code: 'not_tracked' })
    await expect(update(1)).rejects.toMatchObject({ code: 'not_tracked' })
    expect(await db.query('select n from deed')).toEqual([{ n: 1 }])
    await createBackstory(db.database).track('deed', { capture: 'listener' })
    await update(1)
    await update(1)
    expect(await written()).toEqual([updated(1), updated(2)])
  })

  test('records a table that is made again with a key of another type, and tracked', async () => {
    await db.run(
      `drop table deed; create table deed (id text primary key, n integer); insert into deed values ('1', 1); select backstory.track('deed', '{"capture": "listener"}')`,
    )
    await flush(`update deed set n = 2 where id = '1'`, [of(1)])
    expect(await written()).toEqual([updated(1)])
  })

  test('follows tables that exchange their names', async () => {
    await db.run(`
      create table act (id integer primary key, n integer not null, more text);
      insert into act values (1, 10);
      select backstory.track('act', '{"capture": "listener"}')`)
    await update(1, 'act')
    await update(1, 'act')
    start = await readLastId(db)
    await db.run(
      `alter table deed rename to deed_old; alter table act rename to deed; alter table deed_old rename to act`,
    )
    await update(1).catch(() => update(1))
    await update(1, 'act').catch(() => update(1, 'act'))
    expect(await written()).toEqual([updated(12), updated(1, '1', 'act')])
  })

  test('records partitions that are attached and detached meanwhile', async () => {
    await db.run(`
      drop table deed;
      create table deed (id integer primary key, n integer not null) partition by range (id);
      create table deed_old partition of deed for values from (0) to (10);
      insert into deed values (1, 1), (3, 1);
      select backstory.track('deed', '{"capture": "listener"}')`)
    await update(1).catch(() => update(1))
    await update(1)
    await db.run(
      `create table elsewhere.more partition of deed for values from (10) to (20); insert into deed values (11, 1)`,
    )
    await update(11)
    await flush('update deed set id = 12 where id = 11', [{ ...of(11), newKey: { id: 12 } }])
    await db.run('alter table deed detach partition elsewhere.more')
    await update(1)
    expect((await written()).map(([, id, action]) => `${String(action)} ${String(id)}`)).toEqual([
      'update 1',
      'update 1',
      'update 11',
      'delete 11',
      'insert 12',
      'update 1',
    ])
  })

  test('records as of its time what is held back while a table is tracked with other options', async () => {
    await client.query('begin')
    const photographed = await recorder.photograph(flushClientOfPg(client), [of(1)])
    await client.query('update deed set n = 2 where id = 1')
    await photographed.record()
    // the lock of the write keeps tracking from ending until the transaction is over
    const again = db.run(
      `select backstory.untrack('deed'); select backstory.track('deed', '{"capture": "listener", "redact": ["n"]}')`,
    )
    await client.query('commit')
    await again
    await update(1)
    expect((await written()).map(([, , , changes]) => changes)).toEqual([
      { before: { n: 1 }, after: { n: 2 } },
      { before: {}, after: {}, redacted: ['n'] },
    ])
  })

  test('refuses a write whose photograph is held back while its table comes to be tracked by trigger', async () => {
    await client.query('begin')
    const photographed = await recorder.photograph(flushClientOfPg(client), [of(1)])
    await client.query('select 1')
    await db.run(`select backstory.untrack('deed'); select backstory.track('deed')`)
    const result = await (async () => {
      await client.query('update deed set n = 2 where id = 1')
      await photographed.record()
      await client.query('commit')
      return 'committed'
    })().catch((error: unknown) => String(Reflect.get(Object(error), 'code')))
    await client.query('rollback').catch(() => undefined)
    const [row] = await db.query('select n from deed where id = 1')
    expect([result, row?.['n'], (await written()).length]).toEqual(['not_tracked', 1, 0])
  })

  test('goes on where an older installation lacks them, and after its upgrade', async () => {
    await db.run(`
      do $$ declare f record; begin
        for f in select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'backstory'::regnamespace and proname ~ '_row_[0-9a-f]{32}$|row_image_|listened_\\d' loop
          execute 'drop function ' || f.name;
        end loop;
      end $$`)
    await expect(update(1)).rejects.toMatchObject({ code: 'not_tracked' })
    await update(1)
    await update(1)
    expect(await written()).toEqual([updated(1), updated(2)])
    await db.run(`update backstory.functions set version = 1`)
    await createBackstory(db.database).install()
    await update(1)
    await update(1)
    expect(await written()).toHaveLength(4)
  })
})
