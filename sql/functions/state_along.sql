-- The state that an element had after an entry, from its row as it is now along its later updates, for backstory.states_of.
-- version: 2
--
-- `names` are those of its table, each with the span of entry ids in which it was, see backstory.names_of. A function and no
-- subquery, because a worker of a parallel query runs no subquery that is asked for each row.
create or replace function backstory.state_along(
  image jsonb,
  element_id text,
  moment bigint,
  names text[],
  after_ids bigint[],
  until_ids bigint[],
  renames jsonb,
  document text
)
returns jsonb
language plpgsql
stable
parallel safe
-- of many steps, for the planner, which would not think of workers else
cost 4000
set search_path = ''
-- the planner thinks too well of the BRIN of time, which is read whole, beside the index of elements
set enable_bitmapscan = off
as $function$
declare
  steps jsonb[];
begin
  -- a table that was never renamed
  if cardinality(names) = 1 then
    steps := array(
      select case when renames is null then a.changes else backstory.translate_changes(a.changes, a.id, renames) end
      from public.audit_logs a
      where
        a.element_id = state_along.element_id
        and a.element_type = names[1]
        and a.id > moment
        and a.action = 'update'
      order by a.id desc
    );
  else
    steps := array(
      select case when renames is null then a.changes else backstory.translate_changes(a.changes, a.id, renames) end
      from unnest(names, after_ids, until_ids) as n (name, after_id, until_id)
      join public.audit_logs a
        on a.element_id = state_along.element_id
        and a.element_type = n.name
        and a.id > n.after_id
        and a.id <= n.until_id
      where a.id > moment and a.action = 'update'
      order by a.id desc
    );
  end if;
  if cardinality(steps) = 0 then
    return image;
  end if;
  return backstory.fold_steps(image, steps, 'after', 'before', document);
end
$function$;
