-- Whether a document contains a value (as `@>` has it) at a path in which `*` stands for every key and element.
-- version: 1
--
-- `@>` lets an array contain a scalar at its top level only; the arrays around both make it the same at every path.
create or replace function backstory.contains_at(document jsonb, path text[], value jsonb)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  star integer := array_position(path, '*');
  part jsonb := document #> path[:coalesce(star - 1, cardinality(path))];
begin
  if star is null then
    return part is not null and jsonb_build_array(part) @> jsonb_build_array(value);
  end if;
  return exists (
    select
    from backstory.keys_of(part) as keys (key)
    where backstory.contains_at(part #> array[keys.key], path[star + 1:], value)
  );
end
$function$;
