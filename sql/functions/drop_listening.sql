-- Drops the functions that read the rows of a table that listeners record.
-- version: 3
create or replace function backstory.drop_listening(t backstory.tracked)
returns void
language plpgsql
set search_path = ''
set client_min_messages = warning
as $function$
begin
  execute format('drop function if exists backstory.listened_%s_before(jsonb, integer[], boolean)', t.id);
  execute format('drop function if exists backstory.listened_%s_after(jsonb, integer[], jsonb)', t.id);
  perform backstory.drop_row_functions(t.table_schema, t.table_name);
end
$function$;
