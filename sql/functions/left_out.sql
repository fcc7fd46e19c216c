-- The columns of a table that images do not hold: ignored, redacted, and virtual generated ones.
-- version: 1
--
-- A virtual generated column (PostgreSQL 18) is computed when read and null in a trigger.
create or replace function backstory.left_out(options jsonb, relation oid)
returns text[]
language sql
stable
set search_path = ''
as $function$
  select array(
    select jsonb_array_elements_text(coalesce(options -> 'ignore', '[]') || coalesce(options -> 'redact', '[]'))
    union
    select a.attname::text
    from pg_attribute a
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = 'v'
    order by 1
  )
$function$;
