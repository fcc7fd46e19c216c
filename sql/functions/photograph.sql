-- Locks the rows that a flush is about to change, as its writes will, and keeps their images until it is recorded.
-- version: 8
--
-- `groups` is [{"schema", "table", "isDeleted", "mayInsert", "keys": [{column: value}, …], "places": [n, …]}]: rows of one
-- table by the same columns, with the place of each key among the changes of the flush; "mayInsert" of an upsert, whose row
-- need not be there. Returns the number of the photograph, for backstory.record_flush: the one that is given, by a caller who
-- does not wait for the answer, or the first that is free. With the caller's permissions.
-- The images, {place: [row, …]}, stay in a setting of this transaction: none travels, and what is rolled back, to a
-- savepoint too, takes its photograph along. With `keeps_groups` the groups do so too, for a caller who does not know them.
-- `user_id` and `circumstances` as carry_context takes them, which is what it does with them; null leaves what is in force.
create or replace function backstory.photograph(
  groups jsonb,
  user_id text default null,
  circumstances text default null,
  number integer default null,
  keeps_groups boolean default false
)
returns integer
language plpgsql
set search_path = ''
as $function$
declare
  g jsonb;
  known record;
  images text;
  whole text;
  kept text := case when keeps_groups then concat('"groups":', groups) end;
  ignored text;
begin
  if user_id is not null then
    ignored := concat(
      set_config('backstory.user_id', user_id, true), set_config('backstory.context', circumstances, true)
    );
  end if;
  if jsonb_array_length(groups) > 1 then
    -- What is found by other columns than its key points to a row of the flush, and goes with it: once that is locked, nobody
    -- adds to it. Otherwise two flushes lock what they have in common in one order.
    groups := (
      select
        jsonb_agg(
          e.value
          order by
            (e.value -> 'keys' -> 0 ?& tr.key_columns and (e.value -> 'keys' -> 0) - tr.key_columns = '{}') desc,
            e.value ->> 'schema',
            e.value ->> 'table',
            e.value -> 'isDeleted'
        )
      from jsonb_array_elements(groups) as e
      left join backstory.tracked tr
        on tr.active and tr.table_schema = e.value ->> 'schema' and tr.table_name = e.value ->> 'table'
    );
  end if;
  for place in 0 .. jsonb_array_length(groups) - 1 loop
    g := groups -> place;
    select
      tr.id,
      tr.options ->> 'capture' = 'listener' as is_listened,
      g -> 'keys' -> 0 ?& tr.key_columns
        and (g -> 'keys' -> 0) - tr.key_columns = '{}'
        and to_regproc(format('backstory.listened_%s_before', tr.id)) is not null as is_made,
      g -> 'keys' as keys,
      translate(g ->> 'places', '[]', '{}')::integer[] as places
    into known
    from backstory.tracked tr
    where tr.active and tr.table_schema = g ->> 'schema' and tr.table_name = g ->> 'table';
    if known.is_listened is not true then
      perform backstory.listened_table(g ->> 'schema', g ->> 'table'); -- says why not
    end if;
    -- A row that is not there yet cannot be locked: of two that upsert it, the second would take its update for an insert.
    if g -> 'mayInsert' = 'true' then
      perform pg_advisory_xact_lock(l.number)
      from (
        select distinct hashtextextended(format('backstory %s.%s %s', g ->> 'schema', g ->> 'table', k.value), 0) as number
        from jsonb_array_elements(known.keys) as k
        order by 1
      ) as l;
    end if;
    if known.is_made then
      execute format('select backstory.listened_%s_before($1, $2, $3)', known.id)
      into images
      using known.keys, known.places, g -> 'isDeleted' = 'true';
    else
      images := backstory.photographed_rows(
        backstory.listened_table(g ->> 'schema', g ->> 'table'),
        known.keys,
        known.places,
        case when g -> 'isDeleted' = 'true' then 'update' else 'no key update' end
      );
    end if;
    -- of nothing and nothing it makes an empty text, not nothing
    whole := concat_ws(',', nullif(whole, ''), images);
  end loop;
  if number is null then
    number := 0;
    while coalesce(current_setting('backstory.photograph_' || number, true), '') <> '' loop
      number := number + 1;
    end loop;
  end if;
  ignored := set_config(
    'backstory.photograph_' || number,
    concat('{', concat_ws(',', kept, nullif(whole, '')), '}'),
    true
  );
  return number;
end
$function$;
