-- The cheapest expression that is true whenever a column may have changed.
-- version: 3
--
-- Where a type's `=` never hides a difference, `is distinct from`; elsewhere a comparison of the stored bytes, which
-- may be true for nothing but never misses a change.
create or replace function backstory.difference_test(name text, is_telling boolean)
returns text
language sql
immutable
set search_path = ''
as $function$
  select case
    when is_telling then format('%s is distinct from %s', backstory.column_of('old', name), backstory.column_of('new', name))
    else backstory.difference_by_bytes(array[name])
  end
$function$;
