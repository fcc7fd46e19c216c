-- The leaves of a difference of two pruned documents: each path at which not both sides hold an object, with its values.
-- version: 1
create or replace function backstory.leaves_of(difference jsonb)
returns table (path text[], before jsonb, after jsonb)
language sql
immutable
parallel safe
set search_path = ''
as $function$
  with recursive places (path, before, after) as (
    select '{}'::text[], difference -> 'before', difference -> 'after'
    union all
    select p.path || k.key, p.before -> k.key, p.after -> k.key
    from places p
    cross join lateral (
      select jsonb_object_keys(p.before)
      union
      select jsonb_object_keys(p.after)
    ) as k (key)
    where jsonb_typeof(p.before) = 'object' and jsonb_typeof(p.after) = 'object'
  )
  select p.path, p.before, p.after
  from places p
  where jsonb_typeof(p.before) is distinct from 'object' or jsonb_typeof(p.after) is distinct from 'object'
  order by p.path
$function$;
