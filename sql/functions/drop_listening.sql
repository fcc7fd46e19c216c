-- Drops the functions that read the rows of a table that listeners record.
-- version: 2
create or replace function backstory.drop_listening(tracked_id integer)
returns void
language plpgsql
set search_path = ''
set client_min_messages = warning
as $function$
begin
  execute format('drop function if exists backstory.listened_%s_before(jsonb, integer[], boolean)', tracked_id);
  execute format('drop function if exists backstory.listened_%s_after(jsonb, integer[], jsonb)', tracked_id);
end
$function$;
