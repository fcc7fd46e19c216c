-- What is known of a tracked table, after making sure that it is still true: for the generic capture.
-- version: 1
--
-- `relation` is the table itself or a partition of it.
create or replace function backstory.tracked_now(tracked_id integer, relation oid)
returns backstory.tracked
language plpgsql
set search_path = ''
as $function$
declare
  t backstory.tracked;
  root oid := relation;
  is_true boolean;
begin
  if (select c.relispartition from pg_class c where c.oid = relation) then
    -- the tracked table may itself be a partition of one that is not
    select coalesce(min(a.relid::oid), relation)
    into root
    from pg_partition_ancestors(relation) a
    join pg_trigger tg on tg.tgrelid = a.relid
    where tg.tgname = '!backstory_capture' and tg.tgparentid = 0;
  end if;
  select tr.* into strict t from backstory.tracked tr where tr.id = tracked_id;
  select
    c.relname = t.table_name
    and c.relnamespace = to_regnamespace(quote_ident(t.table_schema))
    and t.columns = backstory.describe_columns(root)
    and (t.options ? 'key' or t.key_columns = backstory.primary_key_of(root))
  into strict is_true
  from pg_class c
  where c.oid = root;
  if is_true is distinct from true then
    perform backstory.follow_table(tracked_id);
    select tr.* into strict t from backstory.tracked tr where tr.id = tracked_id;
  end if;
  return t;
end
$function$;
