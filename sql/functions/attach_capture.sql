-- Puts on a table the triggers that capture its rows: one for each row, or that for updates and two for statements.
-- version: 1
--
-- backstory.captured_by_statement says which. What is there as it should be is left alone, and a trigger that was
-- enabled always, or disabled, stays so when it is made anew.
create or replace function backstory.attach_capture(t backstory.tracked, relation oid)
returns void
language plpgsql
set search_path = ''
set client_min_messages = warning
as $function$
declare
  by_statement boolean := exists (select from backstory.captured_by_statement(array[relation]));
  -- in the order of pg_get_triggerdef
  row_event text := case when by_statement then 'update' else 'insert or delete or update' end;
  present record;
  made text[] := '{}';
  part record;
  ignored text;
begin
  -- the event trigger fires for the statements in here too, and shall not follow what is half done
  ignored := set_config('backstory.attaching', 'yes', true);
  select tg.tgenabled, pg_get_triggerdef(tg.oid) like format('%% AFTER %s ON %%', upper(row_event)) as is_right
  into present
  from pg_trigger tg
  where tg.tgrelid = relation and tg.tgname = '!backstory_capture';
  if present.is_right is distinct from true then
    execute format(
      'create or replace trigger "!backstory_capture" after %s on %s for each row execute function backstory.%I()',
      row_event, relation::regclass, t.function_name
    );
    made := made || '!backstory_capture'::text;
  end if;
  for part in
    select v.name, v.event, v.transition
    from (
      values
        ('!backstory_capture_insert', 'insert', 'new table as inserted'),
        ('!backstory_capture_delete', 'delete', 'old table as deleted')
    ) as v (name, event, transition)
    where by_statement <> exists (select from pg_trigger tg where tg.tgrelid = relation and tg.tgname = v.name)
  loop
    if by_statement then
      execute format(
        'create trigger %I after %s on %s referencing %s for each statement execute function backstory.%I()',
        part.name, part.event, relation::regclass, part.transition, backstory.rows_function(t.id)
      );
      made := made || part.name;
    else
      execute format('drop trigger %I on %s', part.name, relation::regclass);
    end if;
  end loop;
  if present.tgenabled in ('A', 'R', 'D') then
    for part in
      select m.name from unnest(made) as m (name)
    loop
      execute format(
        'alter table %s %s trigger %I',
        relation::regclass,
        case present.tgenabled when 'A' then 'enable always' when 'R' then 'enable replica' else 'disable' end,
        part.name
      );
    end loop;
  end if;
  ignored := set_config('backstory.attaching', '', true);
end
$function$;
