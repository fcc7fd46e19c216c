-- The element id of a row image: its key as to_jsonb text, or several as the text of a JSON array, ["a",1].
-- version: 1
create or replace function backstory.element_id_of(image jsonb, key_columns text[])
returns text
language sql
immutable
set search_path = ''
as $function$
  select case cardinality(key_columns)
    when 1 then image ->> key_columns[1]
    else (
      select '[' || string_agg((image -> k.name)::text, ',' order by k.place) || ']'
      from unnest(key_columns) with ordinality as k (name, place)
    )
  end
$function$;
