-- The relation that a tracked table is now, by the trigger on it: a rename does not lose it. Null when it is gone.
-- version: 1
create or replace function backstory.relation_of(function_name text)
returns oid
language sql
stable
set search_path = ''
as $function$
  select tg.tgrelid
  from pg_trigger tg
  join pg_proc p on p.oid = tg.tgfoid
  where
    tg.tgname = '!backstory_capture'
    and tg.tgparentid = 0
    and p.proname = function_name
    and p.pronamespace = (
      select own.pronamespace
      from pg_proc own
      where own.oid = 'backstory.next_boundary()'::regprocedure
    )
$function$;
