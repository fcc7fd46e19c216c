-- The relation that a tracked table is now, by the trigger on it: a rename does not lose it. Null when it is gone.
-- version: 2
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
  union all
  -- listener capture has no trigger: its table is known by name, which backstory.follow_listened keeps up to date
  select to_regclass(format('%I.%I', t.table_schema, t.table_name))::oid
  from backstory.tracked t
  where t.function_name = relation_of.function_name and t.active and t.options ->> 'capture' = 'listener'
$function$;
