-- The columns of a table's primary key in key order; empty where there is none.
-- version: 1
create or replace function backstory.primary_key_of(relation oid)
returns text[]
language sql
stable
set search_path = ''
as $function$
  select array(
    select a.attname::text
    from pg_index i
    cross join unnest(i.indkey) with ordinality as k (number, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indrelid = relation and i.indisprimary
    order by k.place
  )
$function$;
