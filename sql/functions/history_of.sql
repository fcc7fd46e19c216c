-- The entries of one element that bear on its state, oldest first, in today's columns.
-- version: 2
create or replace function backstory.history_of(element_type text, element_id text)
returns table (id bigint, action text, changes jsonb)
language sql
stable
set search_path = ''
-- the planner thinks too well of the BRIN of time, which is read whole, beside the index of elements
set enable_bitmapscan = off
as $function$
  with
  names as materialized (
    select n.tracked_id, n.name, n.after_id, n.until_id from backstory.names_of(history_of.element_type) n
  ),
  renames as materialized (
    select backstory.renames_of((select n.tracked_id from names n limit 1)) as list
  )
  select
    a.id,
    a.action::text,
    case
      when (select r.list from renames r) is null then a.changes
      else backstory.translate_changes(a.changes, a.id, (select r.list from renames r))
    end
  from names n
  join public.audit_logs a
    on a.element_id = history_of.element_id
    and a.element_type = n.name
    and a.id > n.after_id
    and a.id <= n.until_id
  where a.action in ('insert', 'update', 'delete', 'snapshot')
  order by a.id
$function$;
