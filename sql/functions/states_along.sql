-- The states that whole images become along the updates of their elements until a moment, for backstory.states_of.
-- version: 1
--
-- Forward from the images up to the moment, the updates are applied; backward from the images down to it, rewound.
-- `names` are those of their table, each with the span of entry ids in which it was, see backstory.names_of. It takes many
-- images, because a worker of a parallel query runs no subquery that is asked for each row, and a function that is called
-- for each starts its statement anew each time, which costs more than what it reads.
create or replace function backstory.states_along(
  image_ids bigint[],
  moment bigint,
  overrides jsonb,
  is_forward boolean,
  names text[],
  after_ids bigint[],
  until_ids bigint[],
  renames jsonb,
  document text
)
returns table (element_id text, state jsonb)
language plpgsql
stable
parallel safe
-- much, for the planner, which would not think of workers else
cost 1000000
set search_path = ''
-- the planner thinks too well of the BRIN of time, which is read whole, beside the index of elements
set enable_bitmapscan = off
as $function$
begin
  return query execute format(
    $query$
select
  i.element_id,
  case when i.steps = '{}' then i.image else backstory.fold_steps(i.image, i.steps, $4, $5, $6) end
from (
  select
    e.element_id,
    e.image,
    array(
      select %1$s
      from public.audit_logs a
      where
        a.element_id = e.element_id
        and (%2$s)
        and a.id > e.low
        and a.id <= e.high
        and a.action = 'update'
      order by a.id %3$s
    ) as steps
  from (
    select
      a.element_id,
      (%1$s) -> case a.action when 'delete' then 'before' else 'after' end as image,
      %4$s
    from public.audit_logs a
    where a.id = any ($1)
  ) as e
  offset 0
) as i$query$,
    case
      when renames is null then 'a.changes'
      else format(
        'case when a.id < %s then backstory.translate_changes(a.changes, a.id, $7) else a.changes end',
        (select max((r ->> 'id')::bigint) from jsonb_array_elements(renames) as r)
      )
    end,
    (
      select string_agg(
        format('a.element_type = %L and a.id > %s and a.id <= %s', n.name, n.after_id, n.until_id), ' or '
      )
      from unnest(names, after_ids, until_ids) as n (name, after_id, until_id)
    ),
    case when is_forward then 'asc' else 'desc' end,
    case
      when is_forward then 'a.id as low, coalesce(($3 ->> a.element_id)::bigint, $2) as high'
      else 'coalesce(($3 ->> a.element_id)::bigint, $2) as low, a.id - 1 as high'
    end
  )
  using
    image_ids,
    moment,
    overrides,
    case when is_forward then 'before' else 'after' end,
    case when is_forward then 'after' else 'before' end,
    document,
    renames;
end
$function$;
