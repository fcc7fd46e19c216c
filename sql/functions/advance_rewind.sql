-- One step of backstory.rewind_all: `reached` is the state so far, the JSON null for no element, null before the first.
-- version: 1
create or replace function backstory.advance_rewind(reached jsonb, state jsonb, changes jsonb)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
begin
  return coalesce(
    backstory.rewind(case when reached is null then state when reached <> 'null' then reached end, changes), 'null'
  );
end
$function$;
