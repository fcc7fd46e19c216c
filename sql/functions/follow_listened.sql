-- Follows renames of tables that are tracked by listener, which have no trigger to be known by.
-- version: 5
--
-- Called by the event trigger after a statement that renamed something. Of the tables that have just lost their name, each
-- is the one that the statement altered, or one of the same name in the schema that it altered; its columns must be the same.
create or replace function backstory.follow_listened(altered oid[])
returns void
language plpgsql
security definer
set search_path = ''
as $function$
declare
  t backstory.tracked;
  now_schema text;
  now_name text;
begin
  for t in
    select tr.*
    from backstory.tracked tr
    where
      tr.active
      and tr.options ->> 'capture' = 'listener'
      and to_regclass(format('%I.%I', tr.table_schema, tr.table_name)) is null
  loop
    select n.nspname, c.relname
    into now_schema, now_name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where
      (c.oid = any (altered) or (n.oid = any (altered) and c.relname = t.table_name))
      and c.relkind in ('r', 'p')
      and backstory.describe_columns(c.oid) = t.columns
      and not exists (
        select
        from backstory.tracked other
        where other.active and (other.table_schema, other.table_name) = (n.nspname, c.relname::text)
      )
    limit 1;
    continue when not found;
    perform backstory.record_schema_change(
      t.id, 'table_renamed', t.element_type, backstory.element_type_of(now_schema, now_name)
    );
    update backstory.tracked tr
    set
      table_schema = now_schema,
      table_name = now_name,
      element_type = backstory.element_type_of(now_schema, now_name)
    where tr.id = t.id;
    -- what it did before would follow all over again by this
    perform backstory.drop_row_functions(t.table_schema, t.table_name);
    select tr.* into t from backstory.tracked tr where tr.id = t.id;
    perform backstory.compile_listening(t);
  end loop;
  -- Virtual generated columns are not among what is known of a table, and its functions leave them out. Whose definition is
  -- not what is known of it is followed next: by the key of before, functions would be dropped under it.
  perform backstory.compile_listening(tr)
  from backstory.tracked tr
  where
    tr.active
    and tr.options ->> 'capture' = 'listener'
    and to_regclass(format('%I.%I', tr.table_schema, tr.table_name)) = any (altered)
    and not exists (select from backstory.outdated_tables() as o (id) where o.id = tr.id);
end
$function$;
