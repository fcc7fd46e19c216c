-- The state in which the columns of `columns` are written, and of the document in one column some keys are gone or come.
-- version: 1
--
-- Where backstory.fold_steps gathers the changes of many entries, this applies them, in one or two passes over the state.
create or replace function backstory.write_gathered(
  state jsonb,
  columns jsonb,
  document text,
  removed text[],
  keys jsonb
)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
begin
  if columns <> '{}' then
    state := state || columns;
  end if;
  if keys = '{}' and removed = '{}' then
    return state;
  end if;
  if jsonb_typeof(state -> document) is distinct from 'object' then
    raise exception 'The changes do not fit the state: they change keys inside of %, and the state has no object there.', document
      using
        errcode = 'BS110',
        hint = 'A write escaped the log: the continuity check says which.';
  end if;
  return jsonb_set(state, array[document], ((state -> document) - removed) || keys);
end
$function$;
