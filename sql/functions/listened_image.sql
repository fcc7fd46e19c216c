-- The expression that gives the image of a row r of a table that listeners record: as jsonb, or as JSON text, to be kept.
-- version: 1
--
-- Without its virtual generated columns, as backstory.left_out leaves them out: who writes the entries need not look for them.
create or replace function backstory.listened_image(relation oid, is_kept boolean)
returns text
language sql
stable
set search_path = ''
as $function$
  select case
    when cardinality(v.names) > 0 then
      format(case when is_kept then '(to_jsonb(r.*) - %L::text[])::text' else 'to_jsonb(r.*) - %L::text[]' end, v.names)
    -- half of what to_jsonb costs, and the same when it is read as jsonb
    when is_kept then 'row_to_json(r.*)::text'
    else 'to_jsonb(r.*)'
  end
  from (
    select array(
      select a.attname::text
      from pg_attribute a
      where a.attrelid = relation and a.attnum > 0 and not a.attisdropped and a.attgenerated = 'v'
    )
  ) as v (names)
$function$;
