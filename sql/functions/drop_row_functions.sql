-- Drops the functions that are made for the rows of a table of a name.
-- version: 2
create or replace function backstory.drop_row_functions(table_schema text, table_name text)
returns void
language plpgsql
set search_path = ''
set client_min_messages = warning
as $function$
begin
  execute format(
    'drop function if exists %s(jsonb), %s(jsonb, text, text, text), %s(text), %s(anyelement, anyelement, text)',
    backstory.row_function('photograph_row', table_schema, table_name),
    backstory.row_function('record_row', table_schema, table_name),
    backstory.row_function('row_image', table_schema, table_name),
    backstory.row_function('enter_row', table_schema, table_name)
  );
end
$function$;
