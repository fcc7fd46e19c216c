-- The cheapest expression that is true whenever a column may have changed.
-- version: 1
--
-- Where a type's `=` never hides a difference, `is distinct from`; elsewhere a comparison of the stored bytes, which
-- may be true for nothing but never misses a change.
create or replace function backstory.difference_test(name text, is_telling boolean)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    case
      when is_telling then 'old.%1$I is distinct from new.%1$I'
      else 'row(old.%1$I)::record operator(pg_catalog.*<>) row(new.%1$I)::record'
    end,
    name
  )
$function$;
