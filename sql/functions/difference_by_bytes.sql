-- The test whether the stored bytes of any of some columns differ: true for nothing at times, never false for a change.
-- version: 2
create or replace function backstory.difference_by_bytes(names text[])
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    'row(%s)::record operator(pg_catalog.*<>) row(%s)::record',
    string_agg(backstory.column_of('old', name), ', ' order by place),
    string_agg(backstory.column_of('new', name), ', ' order by place)
  )
  from unnest(names) with ordinality as n (name, place)
$function$;
