-- The state of an element at a time or, where that is null, after an entry; `is_known` false where it cannot be known.
-- version: 1
create or replace function backstory.known_state(
  element_type text,
  element_id text,
  "time" timestamptz,
  entry_id bigint
)
returns table (state jsonb, is_known boolean)
language plpgsql
stable
set search_path = ''
as $function$
begin
  state := backstory.state_after(
    element_type,
    element_id,
    case
      when "time" is null then entry_id
      else backstory.position_at(element_type, element_id, "time")
    end
  );
  is_known := true;
  return next;
exception
  when sqlstate 'BS112' then
    state := null;
    is_known := false;
    return next;
  when data_exception then
    -- an id that is no key of its table is that of no element
    state := null;
    is_known := true;
    return next;
end
$function$;
