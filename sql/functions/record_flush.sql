-- Records what a flush has changed: reads its rows as they are now, and writes the differences to their photograph.
-- version: 2
--
-- `groups` as for backstory.photograph, the rows that were inserted included, with the keys that they have now, and
-- "mayInsert" where the write may have brought rows in;
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
  is_key boolean;
  queries text[];
  photographed_keys jsonb;
  photographed_places integer[];
  found record;
  kept jsonb;
  old_places integer[];
  old_images jsonb[];
  new_places integer[];
  new_images jsonb[];
  tracked_ids integer[];
  places integer[];
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
    select array_agg((e.value -> 0)::integer), array_agg(e.value -> 1)
    into old_places, old_images
    from jsonb_array_elements(kept) as e;
  end if;
  for g in
    select
      e.value ->> 'schema' as table_schema,
      e.value ->> 'table' as table_name,
      (e.value -> 'mayInsert')::boolean as may_insert,
      e.value -> 'keys' as keys,
      array(select jsonb_object_keys(e.value -> 'keys' -> 0)) as names,
      array(select p::integer from jsonb_array_elements_text(e.value -> 'places') as p) as places
    from jsonb_array_elements(groups) as e
  loop
    t := backstory.listened_table(g.table_schema, g.table_name);
    is_key := g.names @> t.key_columns and g.names <@ t.key_columns;
    places := places || g.places;
    tracked_ids := tracked_ids || array_fill(t.id, array[cardinality(g.places)]);
    if is_key and to_regproc(format('backstory.listened_%s_after', t.id)) is not null then
      execute format('select found_places, images from backstory.listened_%s_after($1, $2)', t.id)
      into found
      using g.keys, g.places;
    else
      -- What was found by other columns than the key may have another value there now: it is looked for by its key. And what
      -- has that value now need not be new, unless an insert or an upsert says so.
      photographed_keys := null;
      photographed_places := null;
      if not is_key then
        select
          jsonb_agg((select jsonb_object_agg(k.name, i.image -> k.name) from unnest(t.key_columns) as k (name))),
          array_agg(i.place)
        into photographed_keys, photographed_places
        from unnest(old_places, old_images) as i (place, image)
        where i.place = any (g.places);
      end if;
      queries := array_remove(
        array[
          case when g.may_insert or is_key then backstory.announced_rows(t, g.names, '') end,
          case
            when photographed_keys is not null
              then backstory.announced_rows(t, t.key_columns, '', 3)
          end
        ],
        null
      );
      continue when queries = '{}';
      execute format(
        'select array_agg(s.place) as found_places, array_agg(s.image) as images from (%s) as s',
        array_to_string(queries, ' union ')
      )
      into found
      using g.keys, g.places, photographed_keys, photographed_places;
    end if;
    new_places := new_places || found.found_places;
    new_images := new_images || found.images;
  end loop;
  return backstory.write_flush(
    tracked_ids,
    places,
    old_places,
    old_images,
    new_places,
    new_images,
    coalesce(user_id, current_setting('backstory.user_id', true)),
    coalesce(circumstances, current_setting('backstory.context', true))
  );
end
$function$;
