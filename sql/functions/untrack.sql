-- Stops to record the writes to a table. Its entries stay, and so does what is known of it.
-- version: 4
create or replace function backstory.untrack(table_name text)
returns void
language plpgsql
set search_path = ''
set client_min_messages = warning
as $function$
declare
  relation oid := backstory.find_table(table_name);
  known backstory.tracked;
  leaf oid;
begin
  select tr.*
  into known
  from backstory.tracked tr
  where tr.active and backstory.relation_of(tr.function_name) = relation;
  if known.id is null then
    raise exception 'Table % is not tracked.', relation::regclass
      using errcode = 'BS111', hint = 'select element_type from backstory.tracked where active lists what is.';
  end if;
  if known.options ->> 'capture' = 'listener' then
    perform backstory.record_schema_change(known.id, 'untracked', known.element_type, null);
    update backstory.tracked tr set active = false where tr.id = known.id;
    perform backstory.drop_listening(known);
    return;
  end if;
  execute format('drop trigger "!backstory_capture" on %s', relation::regclass);
  for leaf in
    select relation
    union
    select p.relid from pg_partition_tree(relation) p
  loop
    execute format('drop trigger if exists "!backstory_truncate" on %s', leaf::regclass);
  end loop;
  -- where event triggers fire, the first drop has been followed already; elsewhere this does the same
  perform backstory.follow_table(known.id);
end
$function$;
