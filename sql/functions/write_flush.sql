-- Writes the entries of a flush into the log, from the images of its rows before and after, which are beside each other.
-- version: 7
--
-- Of each row: its table, its place in the flush (several rows may have one), and its images, null where it was not, or is
-- not. With the rights of the log's owner, and in the belief that the images are true: whoever may write to a table that is
-- tracked by listener may write entries of it, and of no other table. backstory.record_flush is for callers.
-- What it costs is the number of its expressions: a function that pins its search_path is called, where others become part
-- of the statement; so what few tables need is behind a case.
create or replace function backstory.write_flush(
  tracked_ids integer[],
  places integer[],
  old_images jsonb[],
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
  t record;
  written bigint;
begin
  if cardinality(tracked_ids) > 1 then
    -- a row that was announced twice is recorded at its first place
    select array_agg(d.tracked_id), array_agg(d.place), array_agg(d.old_image), array_agg(d.new_image)
    into tracked_ids, places, old_images, new_images
    from (
      select distinct on (i.tracked_id, i.element_id)
        i.*
      from (
        select
          r.*,
          backstory.element_id_of(coalesce(r.new_image, r.old_image), tr.key_columns) collate "C" as element_id
        from unnest(tracked_ids, places, old_images, new_images) as r (tracked_id, place, old_image, new_image)
        join backstory.tracked tr on tr.id = r.tracked_id
        where r.old_image is not null or r.new_image is not null
      ) as i
      order by i.tracked_id, i.element_id, i.place
    ) as d;
  end if;
  if tracked_ids[1] <> any (tracked_ids) then
    -- what follows each other in one table at once: their order is that of the flush
    select sum(backstory.write_flush(s.tracked_ids, s.places, s.old_images, s.new_images, write_flush.user_id, circumstances))
    into written
    from (
      select
        array_agg(r.tracked_id) as tracked_ids,
        array_agg(r.place) as places,
        array_agg(r.old_image) as old_images,
        array_agg(r.new_image) as new_images
      from (
        select
          u.*,
          row_number() over (order by u.place) - row_number() over (partition by u.tracked_id order by u.place) as stretch
        from unnest(tracked_ids, places, old_images, new_images) as u (tracked_id, place, old_image, new_image)
      ) as r
      group by r.tracked_id, r.stretch
      order by min(r.place)
    ) as s;
    return written;
  end if;

  select
    tr as tracked,
    tr.element_type,
    tr.key_columns,
    tr.options,
    tr.active and tr.options ->> 'capture' = 'listener' as is_listened,
    r.relation,
    -- virtual generated columns are in no image that is handed over
    array(
      select jsonb_array_elements_text(coalesce(tr.options -> 'ignore', '[]') || coalesce(tr.options -> 'redact', '[]'))
    ) as left_out,
    policy.context = 'required' as requires_actor,
    policy.capture = 'generic' as is_generic
  into t
  from backstory.tracked tr
  cross join backstory.settings policy
  cross join lateral to_regclass(format('%I.%I', tr.table_schema, tr.table_name)) as r (relation)
  where tr.id = tracked_ids[1];
  if not found then
    return 0;
  end if;
  if t.is_listened is not true or t.relation is null then
    raise exception 'Table % is not tracked by listener, so that no listener records its writes.', t.element_type
      using errcode = 'BS111';
  end if;
  if not has_table_privilege(caller, t.relation, 'insert, update, delete')
    and not has_any_column_privilege(caller, t.relation, 'insert, update')
  then
    raise exception 'permission denied: % may not write to %, and so cannot say that somebody did', caller, t.element_type
      using errcode = 'insufficient_privilege';
  end if;
  if t.is_generic and backstory.tracked_now((t.tracked).id, t.relation) is distinct from t.tracked then
    -- its definition has changed: with what is known of it now
    return backstory.write_flush(tracked_ids, places, old_images, new_images, write_flush.user_id, circumstances);
  end if;

  insert into public.audit_logs (element_type, element_id, scope, user_id, action, changes, context)
  select
    t.element_type,
    case cardinality(t.key_columns)
      when 1 then s.image ->> t.key_columns[1]
      else backstory.element_id_of(s.image, t.key_columns)
    end as element_id,
    s.image ->> (t.options ->> 'scope'),
    nullif(write_flush.user_id, ''),
    s.action,
    s.changes,
    nullif(circumstances, '')::jsonb
  from (
    select
      r.place,
      coalesce(r.new_image, r.old_image) as image,
      case
        when r.new_image is null then 'delete'
        when r.old_image is null then 'insert'
        else 'update'
      end as action,
      case
        when cardinality(t.left_out) > 0 then
          case
            when r.new_image is null then backstory.whole_image('before', r.old_image, t.options, t.left_out)
            when r.old_image is null then backstory.whole_image('after', r.new_image, t.options, t.left_out)
            else backstory.image_changes(t.tracked, t.left_out, r.old_image, r.new_image)
          end
        when r.new_image is null then jsonb_build_object('before', r.old_image)
        when r.old_image is null then jsonb_build_object('after', r.new_image)
        else backstory.diff(r.old_image, r.new_image)
      end as changes
    from unnest(places, old_images, new_images) as r (place, old_image, new_image)
    where r.old_image is not null or r.new_image is not null
    offset 0 -- so that a difference is computed once
  ) as s
  where s.changes is not null
  -- where a key changed, the deletion of the one element before the insertion of the other
  order by s.place, s.action, element_id;
  get diagnostics written = row_count;
  if t.options ? 'snapshotEvery' then
    perform backstory.insert_snapshot(t.tracked, r.new_image, t.left_out)
    from (
      select u.new_image
      from unnest(places, new_images) as u (place, new_image)
      where u.new_image is not null
      order by u.place
    ) as r;
  end if;
  if t.requires_actor and written > 0 and coalesce(write_flush.user_id, '') = '' then
    raise exception 'Backstory refuses this write: it names no actor, and this installation requires one.'
      using
        errcode = 'BS106',
        hint = 'In TypeScript: actingAs({ userId }, () => …) around it. In SQL: select backstory.set_context(''{"userId": "…"}'') in the same transaction.';
  end if;
  return written;
end
$function$;
