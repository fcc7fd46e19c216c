-- What an image or one side of an update says of some columns; null where it says nothing that could be one.
-- version: 1
create or replace function backstory.columns_in(image jsonb, columns text[])
returns jsonb
language sql
immutable
parallel safe
set search_path = ''
as $function$
  select case jsonb_typeof(image)
    when 'object' then (
      select coalesce(jsonb_object_agg(e.key, e.value), '{}')
      from jsonb_each(image) as e
      where e.key = any (columns)
    )
  end
$function$;
