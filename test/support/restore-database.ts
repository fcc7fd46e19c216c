import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { inject } from 'vitest'

import type { TestQueries } from './database.ts'
import { findDumpTools } from './postgres-tools.ts'

/** A database that can be dumped, or restored into. */
export interface Restorable extends TestQueries {
  readonly url: string
}

/** Tables with a past: renamed, with gaps among their columns, partitioned, untracked, dropped. */
export async function writeHistory(db: TestQueries, version: number): Promise<void> {
  const virtual = version >= 18 ? 'doubled integer generated always as (id * 2) virtual,' : ''
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

/** By pg_dump as SQL and psql. Says why where that cannot be done here, which the other ways do too. */
export async function restoreBySql(
  source: Restorable,
  target: Restorable,
  version: number,
): Promise<string | undefined> {
  const tools = await findDumpTools(version)
  if (tools === undefined) return noTools(version)
  return withFolder(async (folder) => {
    const file = join(folder, 'dump.sql')
    await tools.run('pg_dump', ['--file', file, superuserUrl(source)])
    await tools.run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', file, superuserUrl(target)])
  })
}

/** By pg_dump in its own format and pg_restore. */
export async function restoreByArchive(
  source: Restorable,
  target: Restorable,
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

function superuserUrl(db: Restorable): string {
  const url = new URL(inject('serverUrl'))
  url.pathname = new URL(db.url).pathname
  return url.href
}

/** What pg_dump would do, as far as it matters, where there is none: columns get new numbers, everything new OIDs. */
export async function copyByHand(
  source: Restorable,
  target: Restorable,
  version: number,
): Promise<undefined> {
  const virtual = version >= 18 ? 'doubled integer generated always as (id * 2) virtual,' : ''
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
        join backstory.tracked t on p.proname in (t.function_name, backstory.rows_function(t.id))
        where t.active
      )
      || (
        select string_agg(pg_get_triggerdef(tg.oid) || ';', '')
        from pg_trigger tg
        where tg.tgname like '!backstory%' and tg.tgparentid = 0 and tg.tgrelid <> 'audit_logs'::regclass
      ) as text`)
  await target.run(String(definitions?.['text']))
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
