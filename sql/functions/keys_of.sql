-- The keys of an object, or the positions of an array from 0, as text; none of anything else.
-- version: 1
create or replace function backstory.keys_of(value jsonb)
returns setof text
language sql
immutable
parallel safe
set search_path = ''
as $function$
  select o.key
  from jsonb_object_keys(case when jsonb_typeof(value) = 'object' then value end) as o (key)
  union all
  select e.position::text
  from generate_series(0, jsonb_array_length(case when jsonb_typeof(value) = 'array' then value end) - 1) as e (position)
$function$;
