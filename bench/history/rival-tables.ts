import { longHistory, type LongLog } from './long-log.ts'

/**
 * The same history as others keep it, beside a long log, in the same database: `public.documents_versions`, a temporal
 * table of whole rows with the time for which each was valid, and `public.generic_log`, whole images before and after.
 */
export async function createRivalTables({ client }: LongLog): Promise<void> {
  await client.query(images)
  await client.query(versions)
  await client.query(genericLog)
  await client.query('vacuum analyze public.documents_versions, public.generic_log')
}

/** What each rival is asked, with the same values as Backstory. */
export const rivalQuestions = {
  versions: {
    page: `
      select kind, index, doc, actor, valid_from, valid_to
      from public.documents_versions
      where kind = $1 and index = $2
      order by valid_from desc, id desc
      limit 10`,
    at: `
      select doc
      from public.documents_versions
      where kind = $1 and index = $2 and valid_from <= $3 and valid_to > $3`,
    actor: `
      select kind, index, doc, actor, valid_from, valid_to
      from public.documents_versions
      where actor = $1
      order by id desc
      limit 50`,
    typeAt: `
      select kind, index, doc
      from public.documents_versions
      where tstzrange(valid_from, valid_to) @> $1::timestamptz`,
  },
  generic: {
    page: `
      select id, at, operation, actor, old_row, new_row
      from public.generic_log
      where table_name = 'documents' and row_id = $1
      order by id desc
      limit 10`,
    at: `
      select new_row
      from public.generic_log
      where table_name = 'documents' and row_id = $1 and at <= $2
      order by id desc
      limit 1`,
    actor: `
      select id, at, operation, actor, old_row, new_row
      from public.generic_log
      where actor = $1
      order by id desc
      limit 50`,
    typeAt: `
      select row_id, new_row
      from (
        select distinct on (row_id) row_id, new_row
        from public.generic_log
        where table_name = 'documents' and at <= $1
        order by row_id, id desc
      ) as newest
      where new_row is not null`,
  },
} as const

// every entry of the log, in its order, with the whole row after it
const images = `
  create table public.images as
  select
    e.place * 100000 + copy as id,
    e.edited_at as at,
    e.action,
    e.author as actor,
    e.kind,
    e.index || '~' || copy as index,
    e.state || jsonb_build_object('index', e.index || '~' || copy) as state
  from bench.entries e
  join bench.copies c on c.kind = e.kind and c.index = e.index
  cross join lateral generate_series(1, c.copies) as copy
  union all
  select
    1000000000000 + a.id,
    a."timestamp",
    a.action,
    a.user_id,
    '${longHistory.kind}',
    a.element_id::jsonb ->> 1,
    backstory.state_after(a.element_type, a.element_id, a.id)
  from public.audit_logs a
  where a.element_id like '["${longHistory.kind}",%'`

const versions = `
  create table public.documents_versions (
    id bigint primary key,
    kind text not null,
    index text not null,
    doc jsonb not null,
    actor text,
    valid_from timestamptz not null,
    valid_to timestamptz not null
  );
  insert into public.documents_versions
  select id, kind, index, state -> 'doc', actor, at, valid_to
  from (
    select i.*, lead(i.at, 1, 'infinity') over (partition by i.kind, i.index order by i.id) as valid_to
    from public.images i
  ) as v
  where state is not null
  order by id;
  create index on public.documents_versions (kind, index, valid_from);
  create index on public.documents_versions (actor, id);
  create index on public.documents_versions using gist (tstzrange(valid_from, valid_to))`

const genericLog = `
  create table public.generic_log (
    id bigint primary key,
    at timestamptz not null,
    table_name text not null,
    row_id text not null,
    operation text not null,
    actor text,
    old_row jsonb,
    new_row jsonb
  );
  insert into public.generic_log
  select
    id,
    at,
    'documents',
    backstory.element_id_of(jsonb_build_object('kind', kind, 'index', index), array['kind', 'index']),
    action,
    actor,
    lag(state) over (partition by kind, index order by id),
    state
  from public.images
  order by id;
  drop table public.images;
  create index on public.generic_log (table_name, row_id, id);
  create index on public.generic_log (actor, id)`
