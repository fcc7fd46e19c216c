-- The live row of an element; null where there is none, where the id is no key of its table, or where nobody lets us.
-- version: 1
create or replace function backstory.readable_row(t backstory.tracked, element_id text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $function$
begin
  return backstory.live_row(t, element_id);
exception
  when data_exception or insufficient_privilege then return null;
end
$function$;
