-- Records what a flush has changed, whatever its groups: what backstory.record_flush does where record_row does not do it.
-- version: 5
--
-- `kept` are the images of before, {place: [row, …]}.
create or replace function backstory.record_groups(
  groups jsonb,
  kept jsonb,
  user_id text,
  circumstances text
)
returns bigint
language plpgsql
set search_path = ''
as $function$
declare
  g jsonb;
  known record;
  found record;
  tracked_ids integer[];
  places integer[];
  old_images jsonb[];
  new_images jsonb[];
begin
  for place in 0 .. jsonb_array_length(groups) - 1 loop
    g := groups -> place;
    select
      t.*,
      g -> 'isMoved' is distinct from 'true'
        and t.is_by_key
        and to_regproc(format('backstory.listened_%s_after', t.id)) is not null as is_made
    into known
    from backstory.group_table(g) as t;
    if known.is_listened is not true then
      perform backstory.listened_table(g ->> 'schema', g ->> 'table'); -- says why not
    end if;
    -- rows that followed a key which was changed are found by what points to it
    if known.is_by_key is not true and g -> 'isMoved' is distinct from 'true' then
      perform backstory.refuse_short_key(g);
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
    user_id,
    circumstances
  );
end
$function$;
