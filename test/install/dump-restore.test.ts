import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'

import { BackstoryError, createBackstory, formatJson } from '../../src/index.ts'
import { openPostgres, type TestQueries } from '../support/database.ts'
import { readEntries } from '../support/log.ts'
import { findDumpTools } from '../support/postgres-tools.ts'
import { readServerVersion } from '../support/server-version.ts'

type Source = Awaited<ReturnType<typeof openPostgres>>

describe.each(['superuser', 'owner'] as const)('a database that the role %s has installed', (role) => {
  let source: Source
  let version = 0

  beforeAll(async () => {
    source = await openPostgres({ role })
    version = await readServerVersion(source)
    await writeHistory(source, version)
  })

  afterAll(async () => {
    await source.close()
  })

  test('has no column that holds an OID in any table of Backstory', async () => {
    const columns = await source.query(`
      select a.attrelid::regclass::text || '.' || a.attname as name, a.atttypid::regtype::text as type
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      where
        a.attnum > 0
        and c.relkind in ('r', 'p')
        and (c.relnamespace = 'backstory'::regnamespace or c.oid = 'audit_logs'::regclass)`)
    expect(columns.length).toBeGreaterThan(20)
    expect(
      columns.filter(({ type }) => /^(reg|oid|xid$|cid|tid|int2vector|aclitem)/.test(String(type))),
    ).toEqual([])
  })

  test('has no value in them, and no constant in a capture function, that is an OID', async () => {
    const texts = await source.query(`
      select to_jsonb(l) - '{timestamp,transaction_id}'::text[] as row from audit_logs l
      union all
      select to_jsonb(t) from backstory.tracked t
      union all
      select to_jsonb(s) - 'timestamp' from backstory.schema_changes s
      union all
      select to_jsonb(s) from backstory.settings s
      union all
      select to_jsonb(p.prosrc) from pg_proc p where p.pronamespace = 'backstory'::regnamespace
      union all
      select to_jsonb(pg_get_triggerdef(tg.oid)) from pg_trigger tg where tg.tgname like '!backstory%'`)
    const numbers = new Set(JSON.stringify(texts).match(/\b\d{5,9}\b/g))
    const [found] = await source.query(
      `select array_agg(o.name) as names
       from (
         select oid, oid::regclass::text as name from pg_class
         union all select oid, oid::regprocedure::text from pg_proc
         union all select oid, oid::regtype::text from pg_type
         union all select oid, nspname from pg_namespace
         union all select oid, tgname from pg_trigger
         union all select oid, conname from pg_constraint
         union all select oid, rolname from pg_roles
         union all select oid, datname from pg_database
       ) as o
       where o.oid >= 16384 and o.oid::text = any ($1)`,
      [[...numbers]],
    )
    expect(texts.length).toBeGreaterThan(60)
    expect(found?.['names']).toBe(null)
  })

  describe.each([
    ['dumped as SQL and restored by psql', restoreBySql],
    ['dumped and restored by pg_restore', restoreByArchive],
    ['copied by hand, definitions, rows and sequences', copyByHand],
  ] as const)('%s', (_, restore) => {
    test('has its history there, goes on recording, and follows later changes of its tables', async (context) => {
      const target = await openPostgres({ role, template: restore === copyByHand ? 'installed' : 'empty' })
      try {
        // other things come first there, so that nothing has the OID that it had
        await target.run('create table earlier (id integer primary key); drop table earlier')
        const obstacle = await restore(source, target, version)
        if (obstacle !== undefined) context.skip(obstacle)

        const before = await readHistory(source)
        expect(before.states.length).toBeGreaterThan(20)
        expect(await readHistory(target)).toEqual(before)
        const backstory = createBackstory(target.database)
        expect(await backstory.plan()).toBe('')
        await backstory.install()
        expect(await readHistory(target)).toEqual(before)

        await expectToGoOn(target)
      } finally {
        await target.close()
      }
    })
  })
})

/** Tables with a past: renamed, with gaps among their columns, partitioned, untracked, dropped. */
async function writeHistory(db: Source, version: number): Promise<void> {
  const virtual = version >= 18 ? 'doubled integer generated always as (hp * 2) virtual,' : ''
  await db.run(`
    create schema guild;
    create type guild.rank as enum ('mage', 'archmage');
    create table heroes (
      id integer primary key, legacy text, name text, hp integer, ${virtual} attributes jsonb, world text,
      secret text, note text, rank guild.rank
    );
    select backstory.track('heroes', '{"scope": "world", "label": "name", "redact": ["secret"], "ignore": ["note"]}');
    insert into heroes (id, legacy, name, hp, attributes, world, secret, note, rank)
    values (1, 'x', 'Ged', 10, '{"a": {"b": 1.0}}', 'earthsea', 's', 'n', 'mage'),
      (2, 'y', 'Tenar', 9, '{}', 'earthsea', null, null, null);
    update heroes set name = 'Sparrowhawk', attributes = '{"a": {"b": 1.00, "c": null}}' where id = 1;
    delete from heroes where id = 2;

    create table guild."Order Items" (note text, a integer, b text, n numeric, primary key (b, a));
    select backstory.track('guild."Order Items"');
    insert into guild."Order Items" values ('', 1, 'a "b"', 1.10);

    create table old_places (id bigint generated always as identity primary key, name text);
    select backstory.track('old_places');
    insert into old_places (name) values ('Roke'), ('Gont');

    create table events (id integer, at date, what text, primary key (id, at)) partition by range (at);
    create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
    select backstory.track('events');
    insert into events values (1, '2025-05-05', 'a');

    create table left_alone (id integer primary key);
    create table lost (id integer primary key, v float8);
    select backstory.track('left_alone'), backstory.track('lost');
    insert into left_alone values (1);
    insert into lost values (1, 'NaN')`)
  await db.run(`
    alter table heroes drop column legacy;
    alter table heroes rename name to title;
    alter table heroes add column born date;
    alter table guild."Order Items" drop column note;
    alter table old_places rename to places;
    create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
    select backstory.untrack('left_alone');
    drop table lost;
    select backstory.follow()`)
  await db.run(`
    begin;
    select backstory.set_context('{"userId": "ada", "reason": "retcon"}');
    update heroes set title = 'Archmage', rank = 'archmage', born = '2026-01-31', secret = 't';
    update guild."Order Items" set n = 1.100, a = 2;
    update places set name = 'ROKE' where id = 1;
    insert into events values (2, '2026-05-05', 'b');
    update events set at = '2026-01-01', what = 'c' where id = 1;
    commit`)
}

/** What is asked of the log: the entries to the last byte, what is tracked, and the state after each entry. */
async function readHistory(db: Source): Promise<{
  readonly log: readonly unknown[]
  readonly tracked: readonly unknown[]
  readonly states: readonly unknown[]
}> {
  const backstory = createBackstory(db.database)
  const states: unknown[] = []
  for await (const entry of backstory.entries({ order: 'oldest', limit: 1000 })) {
    const element = backstory.element(entry.elementType, entry.elementId)
    const outcomes = [entry, entry.timestamp].map((moment) =>
      element.at(moment).then(formatJson, (error: unknown) => {
        if (error instanceof BackstoryError) return error.code
        throw error
      }),
    )
    states.push([entry.id, ...(await Promise.all(outcomes))])
  }
  return {
    log: await db.query('select l::text as entry from audit_logs l order by id'),
    tracked: await backstory.tracked(),
    states,
  }
}

/** Writes are recorded, renames and partitions followed, right where the restored history ends. */
async function expectToGoOn(db: Source): Promise<void> {
  const backstory = createBackstory(db.database)
  const [last] = (await readEntries(db)).slice(-1)
  await db.run(`
    alter table heroes rename title to known_as;
    alter table heroes rename world to realm;
    alter table heroes drop column hp ${(await readServerVersion(db)) >= 18 ? 'cascade' : ''};
    alter table places rename to locations;
    create table events_2027 partition of events for values from ('2027-01-01') to ('2028-01-01')`)
  await db.run(`
    update heroes set known_as = 'Ged', secret = 'u' where id = 1;
    update guild."Order Items" set n = 2;
    insert into locations (name) values ('Havnor');
    insert into events values (3, '2027-01-01', 'd');
    insert into left_alone values (2);
    truncate events`)
  const added = (await readEntries(db)).filter(({ id }) => BigInt(id) > BigInt(last?.id ?? 0))
  expect(
    added.map(({ elementType, elementId, action, scope, changes }) => ({
      elementType,
      elementId,
      action,
      scope,
      changes,
    })),
  ).toMatchObject([
    {
      elementType: 'heroes',
      elementId: '1',
      action: 'update',
      scope: 'earthsea',
      changes: { before: { known_as: 'Archmage' }, after: { known_as: 'Ged' }, redacted: ['secret'] },
    },
    { elementType: 'guild."Order Items"', elementId: '["a \"b\"",2]', action: 'update' },
    { elementType: 'locations', elementId: '3', action: 'insert' },
    { elementType: 'events', elementId: '[3,"2027-01-01"]', action: 'insert' },
    ...['[1,"2026-01-01"]', '[2,"2026-05-05"]', '[3,"2027-01-01"]'].map((elementId) => ({
      elementType: 'events',
      elementId,
      action: 'delete',
    })),
  ])

  const hero = backstory.element('heroes', 1)
  const { entries } = await hero.entries({ order: 'oldest' })
  expect(await Promise.all(entries.map((entry) => hero.at(entry)))).toMatchObject([
    { id: 1, known_as: 'Ged', attributes: { a: {} }, realm: 'earthsea', rank: 'mage' },
    { id: 1, known_as: 'Sparrowhawk', attributes: { a: { c: null } }, realm: 'earthsea', rank: 'mage' },
    { id: 1, known_as: 'Archmage', realm: 'earthsea', rank: 'archmage', born: '2026-01-31' },
    { id: 1, known_as: 'Ged', realm: 'earthsea', rank: 'archmage', born: '2026-01-31' },
  ])
  const place = backstory.element('locations', 1)
  const past = (await place.entries({ order: 'oldest' })).entries
  expect(past.map(({ elementType }) => elementType)).toEqual(['old_places', 'places'])
  expect(await Promise.all(past.map((entry) => place.at(entry)))).toEqual([
    { id: 1, name: 'Roke' },
    { id: 1, name: 'ROKE' },
  ])
  expect((await backstory.tracked()).find(({ elementType }) => elementType === 'heroes')?.options).toEqual({
    scope: 'realm',
    label: 'known_as',
    redact: ['secret'],
    ignore: ['note'],
  })

  await expect(db.run('delete from audit_logs')).rejects.toMatchObject({ code: 'BS107' })
  const [callable] = await db.query(`
    select count(*)::integer as functions, count(*) filter (where has_function_privilege('public', p.oid, 'execute'))::integer as callable
    from pg_proc p
    where p.pronamespace = 'backstory'::regnamespace and p.proname like 'capture%'`)
  expect(callable).toEqual({ functions: expect.any(Number), callable: 0 })
}

/** Restores a database into another one; says why where that cannot be done here. */
type Restore = (source: Source, target: Source, version: number) => Promise<string | undefined>

async function restoreBySql(source: Source, target: Source, version: number): Promise<string | undefined> {
  const tools = await findDumpTools(version)
  if (tools === undefined) return noTools(version)
  return withFolder(async (folder) => {
    const file = join(folder, 'dump.sql')
    await tools.run('pg_dump', ['--file', file, superuserUrl(source)])
    await tools.run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', file, superuserUrl(target)])
  })
}

async function restoreByArchive(
  source: Source,
  target: Source,
  version: number,
): Promise<string | undefined> {
  const tools = await findDumpTools(version)
  if (tools === undefined) return noTools(version)
  return withFolder(async (folder) => {
    const file = join(folder, 'dump')
    await tools.run('pg_dump', ['--format', 'custom', '--file', file, superuserUrl(source)])
    await tools.run('pg_restore', ['--exit-on-error', '--dbname', superuserUrl(target), file])
  })
}

function noTools(version: number): string {
  return `there is no pg_dump of version ${version} in the PATH or in /usr/lib/postgresql`
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'backstory-dump-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function superuserUrl(db: Source): string {
  const url = new URL(inject('serverUrl'))
  url.pathname = new URL(db.url).pathname
  return url.href
}

/** What pg_dump would do, as far as it matters, where there is none: columns get new numbers, everything new OIDs. */
async function copyByHand(source: Source, target: Source, version: number): Promise<undefined> {
  const virtual = version >= 18 ? 'doubled integer generated always as (hp * 2) virtual,' : ''
  await target.run(`
    create schema guild;
    create type guild.rank as enum ('mage', 'archmage');
    create table heroes (
      id integer primary key, title text, hp integer, ${virtual} attributes jsonb, world text, secret text, note text,
      rank guild.rank, born date
    );
    create table guild."Order Items" (a integer, b text, n numeric, primary key (b, a));
    create table places (id bigint generated always as identity primary key, name text);
    create table events (id integer, at date, what text, primary key (id, at)) partition by range (at);
    create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
    create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
    create table left_alone (id integer primary key);
    delete from backstory.settings`)
  const tables = ['heroes', 'guild."Order Items"', 'places', 'events', 'left_alone']
  const ours = ['backstory.settings', 'backstory.tracked', 'backstory.schema_changes', 'audit_logs']
  for (const table of [...tables, ...ours]) await copyRows(source, target, table)
  const [definitions] = await source.query(`
    select
      (
        select string_agg(pg_get_functiondef(p.oid) || '; revoke all on function ' || p.oid::regprocedure || ' from public;', '')
        from pg_proc p
        join backstory.tracked t on t.function_name = p.proname
        where t.active
      )
      || (
        select string_agg(pg_get_triggerdef(tg.oid) || ';', '')
        from pg_trigger tg
        where tg.tgname like '!backstory%' and tg.tgparentid = 0 and tg.tgrelid <> 'audit_logs'::regclass
      ) as text`)
  await target.run(`${String(definitions?.['text'])}`)
}

async function copyRows(source: TestQueries, target: TestQueries, table: string): Promise<void> {
  const [rows] = await source.query(`select coalesce(jsonb_agg(r), '[]')::text as rows from ${table} r`)
  const columns = await target.query(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as names
     from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and attgenerated = '' and not attisdropped`,
    [table],
  )
  const names = String(columns[0]?.['names'])
  await target.query(
    `insert into ${table} (${names}) overriding system value select ${names} from jsonb_populate_recordset(null::${table}, $1)`,
    [rows?.['rows']],
  )
  const identityOf = async (db: TestQueries) => {
    const found = await db.query(
      `select pg_get_serial_sequence($1, attname) as sequence
       from pg_attribute
       where attrelid = $1::regclass and attidentity <> ''`,
      [table],
    )
    return found[0]?.['sequence']
  }
  // a table that was renamed has kept the old name in its sequence
  const [from, to] = [await identityOf(source), await identityOf(target)]
  if (typeof from !== 'string' || typeof to !== 'string') return
  const [reached] = await source.query(`select last_value::text, is_called from ${from}`)
  await target.query('select setval($1::regclass, $2::bigint, $3)', [
    to,
    reached?.['last_value'],
    reached?.['is_called'],
  ])
}
