-- The clauses that pin the settings on which to_jsonb depends, so that one row is one text whoever writes it.
-- version: 1
create or replace function backstory.output_settings(names text[])
returns text
language sql
immutable
set search_path = ''
as $function$
  select coalesce(string_agg(format(E'\nset %I = %L', pinned.name, pinned.value), '' order by pinned.place), '')
  from (
    values
      (1, 'timezone', 'UTC'),
      (2, 'datestyle', 'ISO, YMD'),
      (3, 'intervalstyle', 'postgres'),
      (4, 'bytea_output', 'hex'),
      (5, 'extra_float_digits', '1'),
      (6, 'lc_monetary', 'C')
  ) as pinned (place, name, value)
  where pinned.name = any (names)
$function$;
