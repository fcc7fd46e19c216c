import { createHash } from 'node:crypto'

import type { Backstory, Database } from 'backstory'
import type pg from 'pg'

/** How many rows each of the tables has. */
export const rowCount = 10_000

/** What the same table is watched by. One table each, of the same rows. */
export const watchers = ['bare', 'limit', 'backstory', 'generic'] as const
export type Watcher = (typeof watchers)[number]

/** The key of the row of a number: the same in Node and in SQL (`md5(n::text)::uuid`). */
export function elementId(number: number): string {
  return createHash('md5').update(String(number)).digest('hex')
}

/**
 * Makes a table a watcher: 12 columns, a uuid for its key, 1 KB of JSON, 500 bytes of text. `limit` inserts one
 * row of the size of Backstory's into a log with the same indexes, ready-made but for the element's id, so that it lands
 * in the index where a capture does: what any capture must pay. `generic` is the hand-written trigger that keeps two
 * whole row images as jsonb.
 */
export async function createTables(client: pg.Client, backstory: Backstory<Database>): Promise<void> {
  await backstory.install()
  await client.query(logs)
  for (const watcher of watchers) {
    await client.query(table(watcher))
    if (watcher === 'backstory') await backstory.track('backstory_elements')
    else if (watcher !== 'bare') await client.query(trigger(watcher))
  }
  await client.query('vacuum analyze')
}

const table = (watcher: Watcher) => `
  create table ${watcher}_elements (
    id uuid primary key,
    world_id integer not null,
    kind text not null,
    name text not null,
    summary text not null,
    body text not null,
    attributes jsonb not null,
    rank integer not null,
    score numeric not null,
    hidden boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  );
  insert into ${watcher}_elements
  select
    md5(n::text)::uuid, 1, 'character', 'Name ' || n, 'Summary ' || n, repeat('five hundred bytes. ', 24),
    jsonb_build_object(
      'hp', n, 'tags', array['a', 'b', 'c'], 'stats', jsonb_build_object('oar', 1, 'nerve', 2),
      'notes', repeat('kilobyte ', 100)
    ),
    n, n * 1.5, false, '2026-01-31', '2026-01-31'
  from generate_series(1, ${rowCount}) n`

const logs = `
  create table limit_log (like public.audit_logs including defaults including identity including compression);
  alter table limit_log add primary key (id);
  create index on limit_log (element_id, element_type, id);
  create table generic_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    table_name text not null,
    row_id text not null,
    operation text not null,
    actor text,
    old_row jsonb,
    new_row jsonb
  );
  create index on generic_log (table_name, row_id, id);`

const triggerBodies: Readonly<Record<string, string>> = {
  limit: `
    insert into public.limit_log (element_type, element_id, user_id, action, changes, context)
    values (
      'backstory_elements', coalesce(new.id, old.id)::text, null, 'update',
      '{"after": {"rank": 10001}, "before": {"rank": 10000}}', null
    );`,
  generic: `
    insert into public.generic_log (table_name, row_id, operation, actor, old_row, new_row)
    values (
      tg_table_name, coalesce(new.id, old.id)::text, tg_op, current_setting('app.user', true),
      to_jsonb(old), to_jsonb(new)
    );`,
}

const trigger = (watcher: Watcher) => `
  create function capture_${watcher}() returns trigger language plpgsql as $function$
  begin
    ${triggerBodies[watcher]}
    return null;
  end
  $function$;
  create trigger capture after insert or update or delete on ${watcher}_elements
  for each row execute function capture_${watcher}()`
