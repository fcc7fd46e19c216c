-- The live row of an element; null where there is none, or where the id is no key of its table any more.
-- version: 1
create or replace function backstory.checked_row(t backstory.tracked, element_id text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $function$
begin
  return backstory.live_row(t, element_id);
exception
  when data_exception then return null;
end
$function$;
