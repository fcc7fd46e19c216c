-- The relation that a tracked table is now, by the trigger on it: a rename does not lose it. Null when it is gone.
-- version: 1
create or replace function backstory.relation_of(function_name text)
returns oid
language sql
stable
set search_path = ''
as $function$
  select tg.tgrelid
  from pg_proc p
  join pg_proc own on own.oid = 'backstory.follow()'::regprocedure and own.pronamespace = p.pronamespace
  -- by way of the dependency, which has an index
  join pg_depend d on d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid and d.classid = 'pg_trigger'::regclass
  join pg_trigger tg on tg.oid = d.objid
  where
    p.proname = function_name
    and tg.tgname = '!backstory_capture'
    and tg.tgparentid = 0
$function$;
