-- The result of backstory.rewind_all: null for no element.
-- version: 1
create or replace function backstory.finish_rewind(reached jsonb)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
begin
  return case when reached <> 'null' then reached end;
end
$function$;
