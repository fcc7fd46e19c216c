-- The element type of a table: its name, schema-qualified where the schema is not public.
-- version: 1
--
-- A name with a dot is qualified and quoted too, so that no two tables share a type.
create or replace function backstory.element_type_of(table_schema text, table_name text)
returns text
language sql
immutable
set search_path = ''
as $function$
  select case
    when table_schema = 'public' and strpos(table_name, '.') = 0 then table_name
    else format('%I.%I', table_schema, table_name)
  end
$function$;
