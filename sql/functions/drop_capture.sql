-- Drops the capture functions of a table that is tracked no more, those of listeners too, and the triggers that are left of it.
-- version: 3
create or replace function backstory.drop_capture(t backstory.tracked)
returns void
language plpgsql
set search_path = ''
set client_min_messages = warning
as $function$
declare
  ignored text;
begin
  ignored := set_config('backstory.attaching', 'yes', true);
  execute format('drop function if exists backstory.%I()', t.function_name);
  execute format('drop function if exists backstory.%I() cascade', backstory.rows_function(t.id));
  perform backstory.drop_listening(t);
  ignored := set_config('backstory.attaching', '', true);
end
$function$;
