-- Puts the capture triggers on a table: for its rows, and those for truncate on it and on its partitions.
-- version: 4
--
-- Row triggers fire in order of their names: ours comes before everybody's, above all before those of foreign keys
-- ("RI_…"), whose actions write further rows and would otherwise be recorded before their cause.
-- What is there as it should be is left alone: creating a trigger locks out writers.
create or replace function backstory.attach_triggers(t backstory.tracked, relation oid)
returns void
language plpgsql
set search_path = ''
as $function$
declare
  present regproc;
  leaf oid;
begin
  perform backstory.refuse_foreign_partitions(relation, t.element_type);
  select tg.tgfoid
  into present
  from pg_trigger tg
  where tg.tgrelid = relation and tg.tgname = '!backstory_capture';
  if present is not null and present::oid <> to_regprocedure(format('backstory.%I()', t.function_name)) then
    raise exception 'Table % is tracked already, by %.', t.element_type, present
      using errcode = 'BS104', hint = 'One installation tracks a table. Untrack it there first.';
  end if;
  perform backstory.attach_capture(t, relation);
  for leaf in
    select relation
    union
    select p.relid from pg_partition_tree(relation) p
  loop
    continue when exists (
      select
      from pg_trigger tg
      where
        tg.tgrelid = leaf
        and tg.tgname = '!backstory_truncate'
        and tg.tgfoid = 'backstory.capture_truncate()'::regprocedure
        -- not '\x00', which depends on standard_conforming_strings
        and tg.tgargs = convert_to(t.id::text, 'UTF8') || decode('00', 'hex')
    );
    execute format(
      'create or replace trigger "!backstory_truncate" before truncate on %s for each statement execute function backstory.capture_truncate(%L)',
      leaf::regclass, t.id::text
    );
  end loop;
end
$function$;
