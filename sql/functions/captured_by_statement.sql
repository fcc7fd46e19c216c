-- Of some tables, those whose inserts and deletes are captured a statement at a time, instead of row by row.
-- version: 1
--
-- That costs a third less for many rows (docs/performance.md), but comes after every row trigger of the statement.
-- So it is for tables on which nothing else could write between: a plain table, whose rows no foreign key deletes, on
-- which nobody else has an `after` trigger. Checks of foreign keys write nothing. Not where the triggers are enabled
-- always or for replicas: logical replication applies changes without firing statement triggers. And not where no event
-- trigger would tell when that changes.
create or replace function backstory.captured_by_statement(relations oid[])
returns setof oid
language sql
stable
set search_path = ''
as $function$
  select c.oid
  from pg_class c
  where
    c.oid = any (relations)
    and c.relkind = 'r'
    and not c.relispartition
    and (select s.capture = 'compiled' from backstory.settings s)
    and not exists (select from pg_inherits i where i.inhrelid = c.oid)
    and not exists (select from pg_inherits i where i.inhparent = c.oid)
    and not exists (
      select from pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and f.confdeltype = 'c'
    )
    and not exists (
      select
      from pg_trigger tg
      join pg_proc p on p.oid = tg.tgfoid
      where
        tg.tgrelid = c.oid
        and case
          when tg.tgname in ('!backstory_capture', '!backstory_capture_insert', '!backstory_capture_delete')
            then tg.tgenabled in ('A', 'R')
          -- bits of tgtype: 2 before, 64 instead of (catalog/pg_trigger.h)
          else
            tg.tgtype & 66 = 0
            and not (
              p.pronamespace = 'pg_catalog'::regnamespace
              and p.proname in (
                'RI_FKey_check_ins', 'RI_FKey_check_upd', 'RI_FKey_noaction_del', 'RI_FKey_noaction_upd',
                'RI_FKey_restrict_del', 'RI_FKey_restrict_upd', 'unique_key_recheck'
              )
            )
        end
    )
$function$;
