-- Brings what is known of one tracked table up to date with the catalog, and its capture function with both.
-- version: 5
create or replace function backstory.follow_table(tracked_id integer)
returns void
language plpgsql
security definer
set search_path = ''
as $function$
declare
  t backstory.tracked;
  relation oid;
  now_schema text;
  now_name text;
  now_columns jsonb;
  now_options jsonb;
  now_key text[];
  moved integer[];
begin
  -- two writers may find the same change at once: the second one waits, and then finds nothing to do. Tables that have
  -- exchanged their names are locked together, in one order
  perform
  from backstory.tracked tr
  where
    tr.active
    and (
      tr.id = tracked_id
      or (tr.table_schema, tr.table_name) = (
        select n.nspname, c.relname
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.oid = backstory.relation_of((select own.function_name from backstory.tracked own where own.id = tracked_id))
      )
    )
  order by tr.id
  for update;
  select * into t from backstory.tracked tr where tr.id = tracked_id and tr.active;
  if not found then
    return;
  end if;
  relation := backstory.relation_of(t.function_name);
  if relation is null then
    perform backstory.record_schema_change(t.id, 'untracked', t.element_type, null);
    update backstory.tracked tr set active = false where tr.id = t.id;
    perform backstory.drop_capture(t);
    return;
  end if;

  select n.nspname, c.relname
  into strict now_schema, now_name
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation;
  now_columns := backstory.describe_columns(relation);
  now_options := backstory.follow_columns(t, now_columns);
  now_key := case
    when now_options ? 'key' then array(select jsonb_array_elements_text(now_options -> 'key'))
    else backstory.primary_key_of(relation)
  end;
  if jsonb_array_length(t.options -> 'key') > coalesce(jsonb_array_length(now_options -> 'key'), 0) then
    raise exception 'Backstory refuses to drop a column of % that its key needs: it is tracked, and its elements would have no identity.', t.element_type
      using
        errcode = 'BS105',
        hint = format('Track it with another key first: select backstory.track(%L, ''{"key": ["column", …]}'').', t.element_type);
  end if;
  if cardinality(now_key) = 0 then
    raise exception 'Backstory refuses to take the primary key from %: it is tracked, and its elements would have no identity.', t.element_type
      using
        errcode = 'BS105',
        hint = 'Add the new key in the same alter table statement, or track it first with {"key": ["column", …]}, or untrack it.';
  end if;
  perform backstory.refuse_disclosure(relation, t.element_type, now_options);
  perform backstory.refuse_foreign_casts(relation, t.element_type);
  if (now_schema, now_name) is distinct from (t.table_schema, t.table_name) then
    perform backstory.record_schema_change(
      t.id, 'table_renamed', t.element_type, backstory.element_type_of(now_schema, now_name)
    );
  end if;
  -- who bears this name in our books has given it up
  with given_up as (
    update backstory.tracked other
    set table_name = '!moved ' || other.id
    where
      other.active
      and other.id <> t.id
      and (other.table_schema, other.table_name) = (now_schema, now_name)
    returning other.id
  )
  select array_agg(g.id) into moved from given_up g;
  update backstory.tracked tr
  set
    table_schema = now_schema,
    table_name = now_name,
    element_type = backstory.element_type_of(now_schema, now_name),
    key_columns = now_key,
    options = now_options,
    columns = now_columns
  where tr.id = t.id;
  select * into strict t from backstory.tracked tr where tr.id = tracked_id;
  if t.options ->> 'capture' is distinct from 'listener' then
    perform backstory.compile_capture(t.id);
    perform backstory.attach_triggers(t, relation);
  else
    perform backstory.compile_listening(t);
  end if;
  -- before anything else is recorded under the name, lest it be taken for theirs
  perform backstory.follow_table(m) from unnest(moved) as m;
end
$function$;
