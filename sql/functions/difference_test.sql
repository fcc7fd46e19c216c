-- The cheapest expression that is true whenever a column may have changed.
-- version: 1
--
-- Where a type's `=` can be trusted, `is distinct from`; elsewhere a comparison of the stored bytes, which may be
-- true for nothing but never misses a change.
create or replace function backstory.difference_test(name text, type_oid oid, collation_oid oid)
returns text
language sql
stable
set search_path = ''
as $function$
  select format(
    case (backstory.classify_type(type_oid, collation_oid)).is_exact
      when true then 'old.%1$I is distinct from new.%1$I'
      else 'row(old.%1$I)::record operator(pg_catalog.*<>) row(new.%1$I)::record'
    end,
    name
  )
$function$;
