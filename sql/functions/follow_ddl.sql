-- Event trigger function: lets capture follow a change of definition in the statement that makes it.
-- version: 3
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
  -- what is made inside of an extension's script becomes a part of it: the end of the script is soon enough
  if exists (select from pg_event_trigger_ddl_commands() c where c.in_extension) then
    return;
  end if;
  -- a new table concerns no tracked one, unless it is a part of it; many programs create temporary tables all day
  if tg_tag in ('CREATE TABLE', 'CREATE SCHEMA') and not exists (
    select
    from pg_event_trigger_ddl_commands() c
    join pg_inherits i on c.classid = 'pg_class'::regclass and i.inhrelid = c.objid
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
