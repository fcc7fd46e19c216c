-- Follows every tracked table whose definition is not what is known of it. Returns how many there were.
-- version: 1
--
-- Called by the event trigger after each change of a definition, and by every installation. Where there are no event
-- triggers, call it at the end of a migration: select backstory.follow().
create or replace function backstory.follow()
returns integer
language plpgsql
security definer
set search_path = ''
as $function$
declare
  t record;
  followed integer := 0;
begin
  for t in
    select tr.id
    from backstory.tracked tr
    left join lateral (select backstory.relation_of(tr.function_name) as oid) as relation on true
    left join pg_class c on c.oid = relation.oid
    left join pg_namespace n on n.oid = c.relnamespace
    where
      tr.active
      and (
        relation.oid is null
        or n.nspname <> tr.table_schema
        or c.relname <> tr.table_name
        or backstory.describe_columns(relation.oid) <> tr.columns
        or (not tr.options ? 'key' and backstory.primary_key_of(relation.oid) <> tr.key_columns)
        or exists (
          select
          from pg_partition_tree(relation.oid) p
          where not exists (
            select from pg_trigger tg where tg.tgrelid = p.relid and tg.tgname = '!backstory_truncate'
          )
        )
      )
  loop
    perform backstory.follow_table(t.id);
    followed := followed + 1;
  end loop;
  return followed;
end
$function$;
