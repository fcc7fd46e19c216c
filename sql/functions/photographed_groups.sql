-- Locks the rows of any groups, and gives their images as the insides of a JSON object, place: [row, …].
-- version: 4
--
-- `groups` as backstory.photograph takes them, which is for callers.
create or replace function backstory.photographed_groups(groups jsonb)
returns text
language plpgsql
set search_path = ''
as $function$
declare
  g jsonb;
  known record;
  images text;
  whole text;
begin
  if jsonb_array_length(groups) > 1 then
    -- What is found by other columns than its key points to a row of the flush, and goes with it: once that is locked, nobody
    -- adds to it. Otherwise two flushes lock what they have in common in one order.
    groups := (
      select
        jsonb_agg(
          e.value
          order by
            t.is_by_key desc,
            e.value ->> 'schema',
            e.value ->> 'table',
            e.value -> 'isDeleted'
        )
      from jsonb_array_elements(groups) as e
      left join lateral backstory.group_table(e.value) as t on true
    );
  end if;
  for place in 0 .. jsonb_array_length(groups) - 1 loop
    g := groups -> place;
    select
      t.*,
      t.is_by_key and to_regproc(format('backstory.listened_%s_before', t.id)) is not null as is_made
    into known
    from backstory.group_table(g) as t;
    if known.is_listened is not true then
      perform backstory.listened_table(g ->> 'schema', g ->> 'table'); -- says why not
    end if;
    -- of others it is not known yet whether they will be found by other keys
    if known.is_by_key is not true and g -> 'isByKey' = 'true' then
      perform backstory.refuse_short_key(g);
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
  return whole;
end
$function$;
