-- Writes the entries of a flush into the log, from the images of its rows before and after, each with its place in the flush.
-- version: 4
--
-- `tracked_ids` and `places` say of which table the rows of a place are; a place may have several. With the rights of the
-- log's owner, and in the belief that the images are true: whoever may write to a table that is tracked by listener may
-- write entries of it, and of no other table. backstory.record_flush is for callers.
-- What it costs is the number of its expressions: functions that pin a search_path are no part of an expression that they
-- stand in, but calls. So what most tables do not need is behind a case.
create or replace function backstory.write_flush(
  tracked_ids integer[],
  places integer[],
  old_places integer[],
  old_images jsonb[],
  new_places integer[],
  new_images jsonb[],
  user_id text,
  circumstances text
)
returns bigint
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $function$
declare
  -- of whoever calls: inside of this function current_user is its owner
  caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  policy backstory.settings;
  t backstory.tracked;
  relation oid;
  takes_snapshots boolean := false;
  written bigint;
begin
  select * into strict policy from backstory.settings s;
  for t in
    select tr.*
    from backstory.tracked tr
    where tr.id = any (tracked_ids)
  loop
    relation := to_regclass(format('%I.%I', t.table_schema, t.table_name));
    if not t.active or t.options ->> 'capture' is distinct from 'listener' or relation is null then
      raise exception 'Table % is not tracked by listener, so that no listener records its writes.', t.element_type
        using errcode = 'BS111';
    end if;
    if not has_table_privilege(caller, relation, 'insert, update, delete')
      and not has_any_column_privilege(caller, relation, 'insert, update')
    then
      raise exception 'permission denied: % may not write to %, and so cannot say that somebody did', caller, t.element_type
        using errcode = 'insufficient_privilege';
    end if;
    if policy.capture = 'generic' then
      perform backstory.tracked_now(t.id, relation);
    end if;
    takes_snapshots := takes_snapshots or t.options ? 'snapshotEvery';
  end loop;

  insert into public.audit_logs (element_type, element_id, scope, user_id, action, changes, context)
  with
  announced as materialized (
    select
      tr as tracked,
      tr.id as tracked_id,
      tr.key_columns,
      -- as backstory.left_out has it
      array(
        select jsonb_array_elements_text(coalesce(tr.options -> 'ignore', '[]') || coalesce(tr.options -> 'redact', '[]'))
        union all
        select a.attname::text
        from pg_attribute a
        where
          a.attrelid = to_regclass(format('%I.%I', tr.table_schema, tr.table_name))
          and a.attnum > 0
          and not a.attisdropped
          and a.attgenerated = 'v'
      ) as left_out
    from backstory.tracked tr
    where tr.id = any (tracked_ids)
  ),
  placed as materialized (
    select w.tracked_id, w.place, an.key_columns
    from unnest(tracked_ids, places) as w (tracked_id, place)
    join announced an on an.tracked_id = w.tracked_id
  ),
  -- a row that was announced twice is recorded at its first place
  images as (
    select distinct on (i.tracked_id, i.element_id)
      i.*
    from (
      select
        coalesce(o.tracked_id, n.tracked_id) as tracked_id,
        coalesce(o.place, n.place) as place,
        coalesce(o.element_id, n.element_id) as element_id,
        o.image as old_image,
        n.image as new_image
      from (
        select p.tracked_id, p.place, e.image, case cardinality(p.key_columns) when 1 then e.image ->> p.key_columns[1] else backstory.element_id_of(e.image, p.key_columns) end collate "C" as element_id
        from unnest(old_places, old_images) as e (place, image)
        join placed p on p.place = e.place
      ) as o
      full join (
        select p.tracked_id, p.place, e.image, case cardinality(p.key_columns) when 1 then e.image ->> p.key_columns[1] else backstory.element_id_of(e.image, p.key_columns) end collate "C" as element_id
        from unnest(new_places, new_images) as e (place, image)
        join placed p on p.place = e.place
      ) as n on n.place = o.place and n.element_id = o.element_id
    ) as i
    order by i.tracked_id, i.element_id, i.place
  ),
  steps as (
    select
      an.tracked,
      i.*,
      case
        when i.new_image is null then 'delete'
        when i.old_image is null then 'insert'
        else 'update'
      end as action,
      case
        when i.new_image is null then backstory.whole_image('before', i.old_image, (an.tracked).options, an.left_out)
        when i.old_image is null then backstory.whole_image('after', i.new_image, (an.tracked).options, an.left_out)
        when cardinality(an.left_out) = 0 then backstory.diff(i.old_image, i.new_image)
        else backstory.image_changes(an.tracked, an.left_out, i.old_image, i.new_image)
      end as changes
    from images i
    join announced an on an.tracked_id = i.tracked_id
    offset 0 -- so that a difference is computed once
  )
  select
    (s.tracked).element_type,
    s.element_id,
    coalesce(s.new_image, s.old_image) ->> ((s.tracked).options ->> 'scope'),
    nullif(write_flush.user_id, ''),
    s.action,
    s.changes,
    nullif(circumstances, '')::jsonb
  from steps s
  where s.changes is not null
  -- where a key changed, the deletion of the one element before the insertion of the other
  order by s.place, s.action, s.element_id;
  get diagnostics written = row_count;
  if takes_snapshots then
    perform backstory.insert_snapshot(
      i.tracked,
      i.image,
      backstory.left_out(
        (i.tracked).options, to_regclass(format('%I.%I', (i.tracked).table_schema, (i.tracked).table_name))
      )
    )
    from (
      select tr as tracked, e.image
      from unnest(tracked_ids, places) as w (tracked_id, place)
      join backstory.tracked tr on tr.id = w.tracked_id
      join unnest(new_places, new_images) as e (place, image) on e.place = w.place
      where tr.options ? 'snapshotEvery'
      group by tr, e.image
      order by min(w.place)
    ) as i;
  end if;
  if written > 0 and policy.context = 'required' and coalesce(write_flush.user_id, '') = '' then
    raise exception 'Backstory refuses this write: it names no actor, and this installation requires one.'
      using
        errcode = 'BS106',
        hint = 'In TypeScript: actingAs({ userId }, () => …) around it. In SQL: select backstory.set_context(''{"userId": "…"}'') in the same transaction.';
  end if;
  return written;
end
$function$;
