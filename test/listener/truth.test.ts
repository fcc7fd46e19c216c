import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createRecorder, type Announcement } from '../../src/orm/recorder.ts'
import { columnSamples, oddSettings, quoteLiteral } from '../support/column-samples.ts'
import { startCountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { flushClientOf } from '../support/flush.ts'
import { readEntries, readLog } from '../support/log.ts'
import { readServerVersion } from '../support/server-version.ts'

const recorder = createRecorder()
let db: Awaited<ReturnType<typeof openPostgres>>

beforeAll(async () => {
  db = await openPostgres()
})

afterAll(() => db.close())

function connect(url = db.url): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  return client.connect().then(() => client)
}

const clientOf = (connection: pg.Client) =>
  flushClientOf({
    query: async (text, values = []) =>
      (await connection.query<Record<string, unknown>>(text, [...values])).rows,
    run: async (text) => void (await connection.query(text)),
  })

function announce(table: string, operation: Announcement['operation'], id: number): Announcement {
  return { table: { name: table }, operation, key: { id } }
}

describe('the difference is that of the rows', () => {
  test('when another session changed the row since it was read', async () => {
    await db.run(`
      create table race (id integer primary key, n integer, name text);
      select backstory.track('race', '{"capture": "listener"}');
      insert into race values (1, 1, 'a')`)
    const one = await connect()
    const other = await connect()
    await one.query('begin')
    const first = await recorder.photograph(clientOf(one), [announce('race', 'update', 1)])
    await other.query('begin')
    // waits for the lock of the first, and photographs what that has written
    const second = recorder.photograph(clientOf(other), [announce('race', 'update', 1)])
    await untilBlocked()
    await one.query(`update race set n = 2, name = 'b'`)
    await first.record()
    await one.query('commit')
    const flush = await second
    await other.query('update race set n = 3')
    await flush.record()
    await other.query('commit')
    expect((await readLog(db, 'race')).map(({ changes }) => changes)).toEqual([
      { before: { n: 1, name: 'a' }, after: { n: 2, name: 'b' } },
      { before: { n: 2 }, after: { n: 3 } },
    ])
    await one.end()
    await other.end()
  })

  test('when another session upserts the row at the same time, which neither has found', async () => {
    await db.run(`
      create table claim (id integer primary key, owner text);
      select backstory.track('claim', '{"capture": "listener"}')`)
    const one = await connect()
    const other = await connect()
    const upsert = (owner: string) =>
      `insert into claim values (1, '${owner}') on conflict (id) do update set owner = excluded.owner`
    await one.query('begin')
    const first = await recorder.photograph(clientOf(one), [announce('claim', 'upsert', 1)])
    await other.query('begin')
    const second = recorder.photograph(clientOf(other), [announce('claim', 'upsert', 1)])
    await untilBlocked()
    await one.query(upsert('ada'))
    await first.record()
    await one.query('commit')
    const flush = await second
    await other.query(upsert('bo'))
    await flush.record()
    await other.query('commit')
    expect((await readLog(db, 'claim')).map(({ action, changes }) => [action, changes])).toEqual([
      ['insert', { after: { id: 1, owner: 'ada' } }],
      ['update', { before: { owner: 'ada' }, after: { owner: 'bo' } }],
    ])
    await one.end()
    await other.end()
  })

  test('when another session adds a row to what a cascade is about to take along', async () => {
    await db.run(`
      create table world (id integer primary key);
      create table hero (id integer primary key, world_id integer references world on delete cascade);
      select backstory.track('world', '{"capture": "listener"}'), backstory.track('hero', '{"capture": "listener"}');
      insert into world values (1)`)
    const one = await connect()
    const other = await connect()
    await other.query('begin')
    await other.query('insert into hero values (1, 1)')
    await one.query('begin')
    const photograph = recorder.photograph(clientOf(one), [
      announce('world', 'delete', 1),
      { table: { name: 'hero' }, operation: 'delete', key: { world_id: 1 } },
    ])
    await untilBlocked()
    await other.query('commit')
    const flush = await photograph
    await one.query('delete from world')
    await flush.record()
    await one.query('commit')
    expect((await readLog(db, 'hero')).map(({ action, changes }) => [action, changes])).toEqual([
      ['delete', { before: { id: 1, world_id: 1 } }],
    ])
    await one.end()
    await other.end()
  })

  test('but for a row that another session inserts after the photograph, and check() names it', async () => {
    await db.run(`
      create table late (id integer primary key, n integer);
      select backstory.track('late', '{"capture": "listener"}')`)
    const one = await connect()
    const other = await connect()
    await one.query('begin')
    const flush = await recorder.photograph(clientOf(one), [
      announce('late', 'upsert', 1),
      announce('late', 'delete', 2),
    ])
    await other.query('begin')
    const inserted = await recorder.photograph(clientOf(other), [
      announce('late', 'insert', 1),
      announce('late', 'insert', 2),
    ])
    await other.query('insert into late values (1, 1), (2, 1)')
    await inserted.record()
    await other.query('commit')
    await one.query('insert into late values (1, 2) on conflict (id) do update set n = excluded.n')
    await one.query('delete from late where id = 2')
    await flush.record()
    await one.query('commit')
    expect((await readLog(db, 'late')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual([
      'insert 1',
      'insert 2',
      'insert 1',
    ])
    const { gaps } = await createBackstory(db.database).check({ elementType: 'late' })
    expect(gaps.map(({ kind, elementId }) => `${kind} ${elementId}`)).toEqual(['deleted 1', 'deleted 2'])
    await one.end()
    await other.end()
  })

  test('when triggers, defaults, identities and generated columns have their say', async () => {
    await db.run(`
      create table busy (
        id integer generated always as identity primary key,
        name text,
        slug text generated always as (lower(name)) stored,
        version integer not null default 1
      );
      create function touch() returns trigger language plpgsql as $$
      begin
        new.version := old.version + 1;
        return new;
      end $$;
      create trigger touch before update on busy for each row execute function touch();
      create function keep() returns trigger language plpgsql as $$
      begin
        update busy set name = 'deleted' where id = old.id;
        return null;
      end $$;
      create trigger keep before delete on busy for each row execute function keep();
      select backstory.track('busy', '{"capture": "listener"}')`)
    const connection = await connect()
    await connection.query('begin')
    const inserted = await recorder.photograph(clientOf(connection), [announce('busy', 'insert', 1)])
    await connection.query(`insert into busy (name) values ('GED')`)
    await inserted.record()
    const updated = await recorder.photograph(clientOf(connection), [announce('busy', 'update', 1)])
    await connection.query(`update busy set name = 'Hawk'`)
    await updated.record()
    const deleted = await recorder.photograph(clientOf(connection), [announce('busy', 'delete', 1)])
    await connection.query('delete from busy')
    await deleted.record()
    await connection.query('commit')
    await connection.end()
    expect(await readLog(db, 'busy')).toEqual([
      {
        action: 'insert',
        elementId: '1',
        changes: { after: { id: 1, name: 'GED', slug: 'ged', version: 1 } },
      },
      {
        action: 'update',
        elementId: '1',
        changes: {
          before: { name: 'GED', slug: 'ged', version: 1 },
          after: { name: 'Hawk', slug: 'hawk', version: 2 },
        },
      },
      {
        action: 'update',
        elementId: '1',
        changes: {
          before: { name: 'Hawk', slug: 'hawk', version: 2 },
          after: { name: 'deleted', slug: 'deleted', version: 3 },
        },
      },
    ])
  })

  test.each([
    ['every type of column', '', false],
    ['every type that a row is read back from', '_row', true],
  ])('for %s, whatever the settings of the session, as by trigger', async (_, suffix, ofRows) => {
    const version = await readServerVersion(db)
    const samples = columnSamples.flatMap(({ type, values, since }, place) => {
      const known = [...values, ...(since !== undefined && version >= since.version ? since.values : [])]
      return known.length === 0 ? [] : [{ name: `c${place}`, type, known }]
    })
    await db.run(
      samples.map(({ name, type }) => `create table ${name}${suffix} (c ${type}, a ${type}[])`).join(';'),
    )
    const readBack = await db.query(
      `select relname from pg_class where relname = any ($1) and backstory.reads_back(oid)`,
      [samples.map(({ name }) => `${name}${suffix}`)],
    )
    const columns = ofRows
      ? samples.filter(({ name }) => readBack.some(({ relname }) => relname === `${name}${suffix}`))
      : samples
    const tables = { trigger: `by_trigger${suffix}`, listener: `by_listener${suffix}` }
    const definition = columns.map(({ name, type }) => `${name} ${type}`).join(', ')
    for (const capture of ['trigger', 'listener'] as const) {
      await db.run(`
        create table ${tables[capture]} (id integer primary key, ${definition});
        select backstory.track('${tables[capture]}', '{"capture": "${capture}"}')`)
    }
    expect(
      await db.query(
        `select to_regproc(backstory.row_function('record_row', 'public', $1)) is not null as is_row`,
        [tables.listener],
      ),
    ).toEqual([{ is_row: ofRows }])
    expect(columns.length).toBeGreaterThan(20)
    const count = Math.max(...columns.map(({ known }) => known.length))
    const setting = (round: number) =>
      columns
        .map(
          ({ name, type, known }) => `${name} = ${quoteLiteral(known[round % known.length] ?? '')}::${type}`,
        )
        .join(', ')
    const connection = await connect()
    await connection.query(oddSettings)
    for (let round = -1; round <= count; round++) {
      const write = (table: string) =>
        round === -1
          ? `insert into ${table} (id) values (1)`
          : round === count
            ? `delete from ${table}`
            : `update ${table} set ${setting(round)}`
      await connection.query('begin')
      await connection.query(write(tables.trigger))
      const flush = await recorder.photograph(clientOf(connection), [
        announce(tables.listener, round === -1 ? 'insert' : round === count ? 'delete' : 'update', 1),
      ])
      await connection.query(write(tables.listener))
      await flush.record()
      await connection.query('commit')
    }
    await connection.end()
    const [byTrigger, byListener] = await Promise.all(
      [tables.trigger, tables.listener].map(async (table) =>
        (await readEntries(db, table)).map(({ action, elementId, changesText }) => ({
          action,
          elementId,
          changesText,
        })),
      ),
    )
    expect(byListener).toEqual(byTrigger)
    expect(byListener?.length).toBe(count + 2)
  })

  test('to the last byte of a row of 1 MB', async () => {
    await db.run(`
      create table wide (id integer primary key, note text, n integer);
      alter table wide alter column note set storage external;
      select backstory.track('wide', '{"capture": "listener"}');
      insert into wide select 1, string_agg(md5(i::text), ''), 1 from generate_series(1, 32768) i`)
    const connection = await connect()
    await connection.query('begin')
    const flush = await recorder.photograph(clientOf(connection), [announce('wide', 'update', 1)])
    await connection.query('update wide set n = 2')
    await flush.record()
    await connection.query('commit')
    await connection.end()
    expect((await readLog(db, 'wide')).map(({ changes }) => changes)).toEqual([
      { before: { n: 1 }, after: { n: 2 } },
    ])
  })
})

describe('the cost of a flush', () => {
  test.each([
    ['of one insertion', 1, 'insert', 1],
    ['of 1,000 insertions', 1000, 'insert', 1],
    ['of one update', 1, 'update', 2],
    ['of 1,000 updates, deletions and insertions in five tables', 1000, 'mixed', 2],
  ] as const)('%s is so many round trips', async (_, rows, kind, roundTrips) => {
    const tables = ['one', 'two', 'three', 'four', 'five'].map((name) => `${name}_${rows}_${kind}`)
    for (const table of tables) {
      await db.run(`
        create table ${table} (id integer primary key, name text);
        select backstory.track('${table}', '{"capture": "listener"}')`)
    }
    const proxy = await startCountingProxy(db.url)
    const connection = await connect(proxy.url)
    const operations = ['insert', 'update', 'delete'] as const
    const announcements = Array.from({ length: rows }, (__, id) =>
      announce(
        tables[id % tables.length] ?? '',
        kind === 'mixed' ? (operations[id % 3] ?? 'insert') : kind,
        id,
      ),
    )
    await connection.query('begin')
    proxy.reset()
    const flush = await recorder.photograph(clientOf(connection), announcements)
    await flush.record()
    expect(proxy.traffic().roundTrips).toBe(roundTrips)
    expect(proxy.traffic().texts).toHaveLength(roundTrips)
    await connection.query('rollback')
    proxy.reset()
    const nothing = await recorder.photograph(clientOf(connection), [])
    await nothing.record()
    expect(proxy.traffic().roundTrips).toBe(0)
    await connection.end()
    await proxy.close()
  })
})

async function untilBlocked(): Promise<void> {
  for (;;) {
    const [row] = await db.query(`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`)
    if (row?.['waiting'] === 1) return
  }
}
