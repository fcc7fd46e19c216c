-- The entries of a time whose ids lie outside of (after_id, until_id]: those whose clock and order disagree.
-- version: 1
--
-- Null bounds are none. At most 1,001. The settings make it a bitmap scan of the index on (id, "timestamp"), which
-- passes over whole stretches of the log: the planner takes the two columns for independent and would read everything.
create or replace function backstory.strays_of(
  since timestamptz,
  until timestamptz,
  after_id bigint,
  until_id bigint
)
returns setof bigint
language sql
stable
set search_path = ''
set enable_seqscan = off
set enable_indexscan = off
set enable_indexonlyscan = off
as $function$
  (
    select a.id
    from public.audit_logs a
    where
      a.id <= strays_of.after_id
      and a."timestamp" >= strays_of.since
      and a."timestamp" < coalesce(strays_of.until, 'infinity')
    union all
    select a.id
    from public.audit_logs a
    where
      a.id > strays_of.until_id
      and a."timestamp" >= coalesce(strays_of.since, '-infinity')
      and a."timestamp" < strays_of.until
  )
  limit 1001
$function$;
