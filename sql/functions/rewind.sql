-- The state before `changes`, given the one after. The inverse of backstory.apply.
-- version: 1
--
-- docs/reference/changes.md specifies it; src/core/apply.ts is the same in TypeScript. A null state: no element.
create or replace function backstory.rewind(state jsonb, changes jsonb)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  gone jsonb := changes -> 'after';
  come jsonb := changes -> 'before';
begin
  if jsonb_typeof(changes) <> 'object' or jsonb_typeof(gone) <> 'object' or jsonb_typeof(come) <> 'object' then
    raise exception 'These are no changes: changes, before and after are objects, or are left out.'
      using
        errcode = 'BS110',
        hint = 'Pass a value of the column "changes" of the log, or what backstory.diff returns.';
  end if;
  if gone is null then
    return coalesce(come, state);
  end if;
  if come is null then
    return null;
  end if;
  if state is null then
    raise exception 'The changes do not fit the state: they are of an update, and there is no element.'
      using
        errcode = 'BS110',
        hint = 'Give changes in the order of the log and leave none out; if you did, a write escaped it: the continuity check says which.';
  end if;
  return backstory.exchange_keys(state, gone, come, '{}');
end
$function$;
