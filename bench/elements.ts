import { createHash } from 'node:crypto'

import type pg from 'pg'

/** The columns of the table that is written to, in order. A peer may add its own behind them. */
export const elementColumns =
  'id, world_id, kind, name, summary, body, attributes, rank, score, hidden, created_at, updated_at'

/** The key of the row of a number: the same in Node and in SQL (`md5(n::text)::uuid`). */
export function elementId(number: number): string {
  return createHash('md5')
    .update(String(number))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/**
 * Makes `public.elements`, the table that is written to: 12 columns, a uuid for its key, 500 bytes of text, 1 KB of
 * JSON, numbered rows 1 to `rows`; and `bench.spare_elements`, as many
 * rows more (`md5('spare ' || n)::uuid`), for inserts. The texts are words drawn
 * by a hash, always the same ones: what repeats itself would compress better than people's writing does.
 */
export async function createElements(client: pg.Client, rows: number): Promise<void> {
  await client.query(schema)
  await client.query(`insert into public.elements ${rowsOf('', rows)}`)
  await client.query(`insert into bench.spare_elements ${rowsOf('spare ', rows)}`)
  await client.query('vacuum analyze')
}

const columns = `
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
  updated_at timestamptz not null`

const schema = `
  create schema bench;
  create function bench.prose(seed integer, words integer) returns text language sql immutable as $function$
    select string_agg(
      (array[
        'the', 'a', 'of', 'and', 'to', 'in', 'was', 'his', 'her', 'with', 'for', 'on', 'at', 'by', 'from', 'they',
        'island', 'wizard', 'harbour', 'shadow', 'name', 'dragon', 'boat', 'winter', 'stone', 'tower', 'hawk',
        'wind', 'river', 'village', 'master', 'school', 'word', 'silence', 'light', 'dark', 'sea', 'goat', 'staff',
        'oath', 'ring', 'king', 'peace', 'war', 'tomb', 'labyrinth', 'thief', 'hand', 'fire', 'spell', 'gate', 'wall',
        'sailed', 'spoke', 'waited', 'called', 'found', 'lost', 'bound', 'broke', 'learned', 'knew', 'old', 'young'
      ])[1 + (hashint4(seed * 1000 + n) & 63)],
      ' '
    )
    from generate_series(1, words) n
  $function$;
  create table public.elements (${columns});
  create table bench.spare_elements (${columns})`

const rowsOf = (prefix: string, rows: number) => `
  select
    md5('${prefix}' || n)::uuid, 1, 'character', 'Name ' || n, 'Summary ' || n, bench.prose(n, 95),
    jsonb_build_object(
      'hp', n, 'tags', array['a', 'b', 'c'], 'stats', jsonb_build_object('oar', 1, 'nerve', 2),
      'notes', bench.prose(-n, 180)
    ),
    n, n * 1.5, false, '2026-01-31', '2026-01-31'
  from generate_series(1, ${rows}) n`
