-- Event trigger function: lets capture follow a change of definition in the statement that makes it.
-- version: 4
create or replace function backstory.follow_ddl()
returns event_trigger
language plpgsql
security definer
set search_path = ''
as $function$
declare
  ignored text;
begin
  -- tells enable_following that event triggers fire here
  ignored := set_config('backstory.following', 'yes', true);
  if current_setting('backstory.attaching', true) = 'yes' then
    return;
  end if;
  -- what is made inside of an extension's script becomes a part of it: the end of the script is soon enough
  if exists (select from pg_event_trigger_ddl_commands() c where c.in_extension) then
    return;
  end if;
  -- a new table concerns no tracked one, unless it is a part of it or refers to it; many programs create temporary
  -- tables all day
  if tg_tag in ('CREATE TABLE', 'CREATE SCHEMA') and not exists (
    select
    from pg_event_trigger_ddl_commands() c
    where
      c.classid = 'pg_class'::regclass
      and (
        exists (select from pg_inherits i where i.inhrelid = c.objid)
        or exists (select from pg_constraint f where f.conrelid = c.objid and f.contype = 'f')
      )
  ) then
    return;
  end if;
  -- who creates our own restores a dump, one by one
  if tg_tag = 'CREATE TRIGGER' and exists (
    select
    from pg_event_trigger_ddl_commands() c
    join pg_trigger tg on tg.oid = c.objid
    where
      tg.tgname in (
        '!backstory_capture', '!backstory_capture_insert', '!backstory_capture_delete', '!backstory_truncate'
      )
  ) then
    return;
  end if;
  if tg_tag = 'CREATE CAST' then
    perform backstory.refuse_foreign_casts(backstory.relation_of(t.function_name), t.element_type)
    from backstory.tracked t
    where t.active;
    return;
  end if;
  if tg_tag in ('ALTER TABLE', 'ALTER SCHEMA') then
    perform backstory.follow_listened(array(select c.objid from pg_event_trigger_ddl_commands() c));
  end if;
  perform backstory.follow();
  perform backstory.refuse_untracked_children();
end
$function$;
