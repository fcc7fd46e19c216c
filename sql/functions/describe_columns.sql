-- The columns of a table as capture sees them: [{"name", "number", "type"}] in order.
-- version: 3
--
-- Where the collation is not that of the type, "collation" too: `=` of a text means something else under another.
-- A virtual generated column (PostgreSQL 18) is left out: it is computed when read and has no value in a trigger.
create or replace function backstory.describe_columns(relation oid)
returns jsonb
language sql
stable
set search_path = ''
set quote_all_identifiers = off
as $function$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'name', a.attname,
        'number', a.attnum,
        'type', format_type(a.atttypid, a.atttypmod)
      ) || case
        when a.attcollation = ty.typcollation then '{}'
        else jsonb_build_object('collation', a.attcollation::regcollation::text)
      end
      order by a.attnum
    ),
    '[]'
  )
  from pg_attribute a
  join pg_type ty on ty.oid = a.atttypid
  where
    a.attrelid = relation
    and a.attnum > 0
    and not a.attisdropped
    and a.attgenerated <> 'v'
$function$;
