-- What is known of a tracked table, after making sure that it is still true: for the generic capture.
-- version: 1
create or replace function backstory.tracked_now(tracked_id integer, relation oid)
returns backstory.tracked
language plpgsql
set search_path = ''
as $function$
declare
  t backstory.tracked;
  root oid := coalesce(pg_partition_root(relation), relation);
begin
  select * into strict t from backstory.tracked tr where tr.id = tracked_id;
  if t.columns is distinct from backstory.describe_columns(root)
    or not exists (
      select
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where c.oid = root and c.relname = t.table_name and n.nspname = t.table_schema
    )
  then
    perform backstory.follow_table(tracked_id);
    select * into strict t from backstory.tracked tr where tr.id = tracked_id;
  end if;
  return t;
end
$function$;
