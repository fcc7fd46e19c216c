-- Starts to record every write to a table, or gives a tracked table new options. Idempotent.
-- version: 6
--
-- One statement, so that any migration tool can carry it: select backstory.track('world_elements', '{"scope": "world_id"}')
-- Options: scope, label (a column), ignore, redact, key (arrays of columns), capture (trigger or listener), snapshotEvery
-- (a number). Takes a share row exclusive lock on the table until the end of the transaction: writers wait, readers do not.
create or replace function backstory.track(table_name text, options jsonb default '{}')
returns void
language plpgsql
set search_path = ''
as $function$
declare
  relation oid := backstory.find_table(table_name);
  known backstory.tracked;
  own_schema text;
  own_name text;
  type_name text;
  table_columns jsonb;
  wanted jsonb;
  own_key text[];
  nullable text;
begin
  -- an older snapshot than the lock could show columns that are no more, and hide some that are
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'Table % cannot be tracked in a % transaction: its snapshot may show columns that the table no longer has.',
      relation::regclass, current_setting('transaction_isolation')
      using errcode = 'BS104', hint = 'Call backstory.track in a read committed transaction.';
  end if;
  perform backstory.refuse_relation(relation);
  perform backstory.follow();
  execute format('lock table %s in share row exclusive mode', relation::regclass);
  select n.nspname, c.relname
  into strict own_schema, own_name
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation;
  type_name := backstory.element_type_of(own_schema, own_name);
  table_columns := backstory.describe_columns(relation);
  wanted := backstory.validate_options(type_name, table_columns, options);

  own_key := case
    when wanted ? 'key' then array(select jsonb_array_elements_text(wanted -> 'key'))
    else backstory.primary_key_of(relation)
  end;
  if cardinality(own_key) = 0 then
    raise exception 'Table % has no primary key, so its elements have no identity.', type_name
      using
        errcode = 'BS105',
        hint = format('Give it one (alter table %s add primary key …), or name the columns that identify a row: {"key": ["column", …]}.', relation::regclass);
  end if;
  select a.attname
  into nullable
  from pg_attribute a
  where a.attrelid = relation and a.attname = any (own_key) and not a.attnotnull
  limit 1;
  if nullable is not null then
    raise exception 'Column "%" of % may be null and so cannot be part of its key.', nullable, type_name
      using errcode = 'BS105', hint = format('Forbid it: alter table %s alter %I set not null.', relation::regclass, nullable);
  end if;
  if coalesce(wanted -> 'redact', '[]') || coalesce(wanted -> 'ignore', '[]') ?| own_key then
    raise exception 'A redacted or ignored column of % cannot be part of its key: the key is the element id.', type_name
      using errcode = 'BS109';
  end if;
  if not wanted ? 'capture' then
    -- before anybody looks into the table: that would reach for the server of such a partition
    perform backstory.refuse_foreign_partitions(relation, type_name);
  end if;
  perform backstory.refuse_disclosure(relation, type_name, wanted);
  perform backstory.refuse_foreign_casts(relation, type_name);

  select tr.*
  into known
  from backstory.tracked tr
  where tr.active and backstory.relation_of(tr.function_name) = relation;
  if known.id is not null and known.options -> 'capture' is distinct from wanted -> 'capture' then
    raise exception 'Table % is tracked by % already: by % as well, each write would be recorded twice.',
      type_name, coalesce(known.options ->> 'capture', 'trigger'), coalesce(wanted ->> 'capture', 'trigger')
      using
        errcode = 'BS113',
        hint = format('To change the way of capture: select backstory.untrack(%L), and track it anew, in one transaction.', type_name);
  end if;
  if known.id is not null then
    -- what was not recorded until now is not known of the time before: as of a column that is new
    perform backstory.record_schema_change(known.id, 'column_added', null, c ->> 'name')
    from jsonb_array_elements(table_columns) as c
    where
      coalesce(known.options -> 'ignore', '[]') || coalesce(known.options -> 'redact', '[]') ? (c ->> 'name')
      and not coalesce(wanted -> 'ignore', '[]') || coalesce(wanted -> 'redact', '[]') ? (c ->> 'name');
    update backstory.tracked tr
    set options = wanted, key_columns = own_key
    where tr.id = known.id
    returning * into known;
    if not wanted ? 'capture' then
      perform backstory.compile_capture(known.id);
    else
      perform backstory.compile_listening(known);
    end if;
    return;
  end if;

  -- a table that was tracked before, and whose trigger was taken off by hand, goes on under its old number
  update backstory.tracked tr set active = false where (tr.table_schema, tr.table_name) = (own_schema, own_name);
  select tr.* into known from backstory.tracked tr where tr.element_type = type_name order by tr.id desc limit 1;
  if known.id is null then
    insert into backstory.tracked (table_schema, table_name, element_type, key_columns, options, columns, function_name, was_empty)
    values (own_schema, own_name, type_name, own_key, wanted, table_columns, '', backstory.is_empty(relation))
    returning * into known;
    -- a name has 63 bytes; the number in front keeps it unique where the cast to name cuts it
    update backstory.tracked tr
    set function_name = format('capture_%s_%s', known.id, own_name)::name::text
    where tr.id = known.id
    returning * into known;
  else
    update backstory.tracked tr
    set
      active = true,
      key_columns = own_key,
      options = wanted,
      columns = table_columns
    where tr.id = known.id
    returning * into known;
  end if;
  if not wanted ? 'capture' then
    perform backstory.compile_capture(known.id);
    perform backstory.attach_triggers(known, relation);
  else
    perform backstory.compile_listening(known);
  end if;
  perform backstory.record_schema_change(known.id, 'tracked', null, type_name);
  perform backstory.refuse_untracked_children();
end
$function$;
