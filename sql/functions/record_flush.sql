-- Records what a flush has changed: reads its rows as they are now, and writes the differences to their photograph.
-- version: 4
--
-- `groups` as for backstory.photograph, the rows that were inserted included, with the keys that they have now, and
-- "mayInsert" where the write may have brought rows in; "isMoved" where these keys may be others than those of before. Null:
-- those that the photograph has kept.
-- `photograph` its number, null where the flush had nothing to photograph. `user_id` and `circumstances` as
-- carry_context takes them, null for those in force. With the caller's permissions; returns the number of entries.
create or replace function backstory.record_flush(
  groups jsonb,
  photograph integer default null,
  user_id text default null,
  circumstances text default null
)
returns bigint
language plpgsql
set search_path = ''
as $function$
declare
  g jsonb;
  known record;
  found record;
  kept jsonb;
  tracked_ids integer[];
  places integer[];
  old_images jsonb[];
  new_images jsonb[];
  ignored text;
begin
  if photograph is not null then
    kept := nullif(current_setting('backstory.photograph_' || photograph, true), '')::jsonb;
    if kept is null then
      raise exception 'There is no photograph % in this transaction: it was recorded, or rolled back with a savepoint.', photograph
        using
          errcode = 'BS120',
          hint = 'Photograph the rows and record the flush on one connection, in one transaction and inside of the same savepoint.';
    end if;
    ignored := set_config('backstory.photograph_' || photograph, '', true);
    groups := coalesce(groups, kept -> 'groups');
  end if;
  for place in 0 .. jsonb_array_length(groups) - 1 loop
    g := groups -> place;
    select
      tr.id,
      tr.options ->> 'capture' = 'listener' as is_listened,
      g -> 'isMoved' is distinct from 'true'
        and g -> 'keys' -> 0 ?& tr.key_columns
        and (g -> 'keys' -> 0) - tr.key_columns = '{}'
        and to_regproc(format('backstory.listened_%s_after', tr.id)) is not null as is_made,
      g -> 'keys' as keys,
      translate(g ->> 'places', '[]', '{}')::integer[] as places
    into known
    from backstory.tracked tr
    where tr.active and tr.table_schema = g ->> 'schema' and tr.table_name = g ->> 'table';
    if known.is_listened is not true then
      perform backstory.listened_table(g ->> 'schema', g ->> 'table'); -- says why not
    end if;
    if known.is_made then
      execute format('select found_places, old_images, new_images from backstory.listened_%s_after($1, $2, $3)', known.id)
      into found
      using known.keys, known.places, kept;
    else
      found := backstory.compared_rows(
        backstory.listened_table(g ->> 'schema', g ->> 'table'),
        known.keys,
        known.places,
        kept,
        g -> 'mayInsert' = 'true'
      );
    end if;
    tracked_ids := tracked_ids || array_fill(known.id, array[coalesce(cardinality(found.found_places), 0)]);
    places := places || found.found_places;
    old_images := old_images || found.old_images;
    new_images := new_images || found.new_images;
  end loop;
  return backstory.write_flush(
    tracked_ids,
    places,
    old_images,
    new_images,
    coalesce(user_id, current_setting('backstory.user_id', true)),
    coalesce(circumstances, current_setting('backstory.context', true))
  );
end
$function$;
