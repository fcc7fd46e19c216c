-- Locks the rows that a flush is about to change, as its writes will, and keeps their images until it is recorded.
-- version: 4
--
-- `groups` is [{"schema", "table", "isDeleted", "mayInsert", "keys": [{column: value}, …], "places": [n, …]}]: rows of one
-- table by the same columns, with the place of each key among the changes of the flush; "mayInsert" of an upsert, whose row
-- need not be there. Returns the number of the photograph, for backstory.record_flush. With the caller's permissions.
-- The images stay in a setting of this transaction: none travels, and what is rolled back, to a savepoint too, takes its
-- photograph along.
create or replace function backstory.photograph(groups jsonb)
returns integer
language plpgsql
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
set lc_monetary = 'C'
as $function$
declare
  g record;
  t backstory.tracked;
  images text;
  whole text;
  number integer := 0;
  ignored text;
begin
  for g in
    select
      e.value ->> 'schema' as table_schema,
      e.value ->> 'table' as table_name,
      (e.value -> 'isDeleted')::boolean as is_deleted,
      (e.value -> 'mayInsert')::boolean as may_insert,
      e.value -> 'keys' as keys,
      array(select jsonb_object_keys(e.value -> 'keys' -> 0)) as names,
      array(select p::integer from jsonb_array_elements_text(e.value -> 'places') as p) as places
    from jsonb_array_elements(groups) as e
    left join backstory.tracked tr
      on tr.active and tr.table_schema = e.value ->> 'schema' and tr.table_name = e.value ->> 'table'
    -- What is found by other columns than its key points to a row of the flush, and goes with it: once that is locked, nobody
    -- adds to it. Otherwise two flushes lock what they have in common in one order.
    order by
      (e.value -> 'keys' -> 0 ?& tr.key_columns and (e.value -> 'keys' -> 0) - tr.key_columns = '{}') desc,
      1,
      2,
      3
  loop
    -- A row that is not there yet cannot be locked: of two that upsert it, the second would take its update for an insert.
    if g.may_insert then
      perform pg_advisory_xact_lock(l.number)
      from (
        select distinct hashtextextended(format('backstory %s.%s %s', g.table_schema, g.table_name, k.value), 0) as number
        from jsonb_array_elements(g.keys) as k
        order by 1
      ) as l;
    end if;
    t := backstory.listened_table(g.table_schema, g.table_name);
    if g.names @> t.key_columns
      and g.names <@ t.key_columns
      and to_regproc(format('backstory.listened_%s_before', t.id)) is not null
    then
      execute format('select backstory.listened_%s_before($1, $2, $3)', t.id)
      into images
      using g.keys, g.places, g.is_deleted;
    else
      execute backstory.photographing(t, g.names, case when g.is_deleted then 'update' else 'no key update' end)
      into images
      using g.keys, g.places;
    end if;
    -- of nothing and nothing it makes an empty text, not nothing
    whole := concat_ws(',', nullif(whole, ''), images);
  end loop;
  while coalesce(current_setting('backstory.photograph_' || number, true), '') <> '' loop
    number := number + 1;
  end loop;
  ignored := set_config('backstory.photograph_' || number, '[' || coalesce(whole, '') || ']', true);
  return number;
end
$function$;
