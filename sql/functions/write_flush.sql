-- Writes the entries of a flush into the log, from the images of its rows before and after: {place: [image, …]}.
-- version: 3
--
-- With the rights of the log's owner, and in the belief that the images are true: whoever may write to a table that is
-- tracked by listener may write entries of it, and of no other table. backstory.record_flush is for callers.
create or replace function backstory.write_flush(
  tracked_ids integer[],
  places integer[],
  old_images jsonb,
  new_images jsonb,
  user_id text,
  circumstances text
)
returns bigint
language plpgsql
security definer
set search_path = ''
as $function$
declare
  -- of whoever calls: inside of this function current_user is its owner
  caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  policy backstory.settings;
  t backstory.tracked;
  relation oid;
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
  end loop;

  insert into public.audit_logs (element_type, element_id, scope, user_id, action, changes, context)
  with
  tables as materialized (
    select
      tr as tracked,
      tr.key_columns,
      backstory.left_out(tr.options, to_regclass(format('%I.%I', tr.table_schema, tr.table_name))) as left_out
    from backstory.tracked tr
    where tr.id = any (tracked_ids)
  ),
  -- a row that was announced twice is recorded at its first place
  images as (
    select distinct on (w.tracked_id, i.element_id)
      tb.tracked,
      tb.left_out,
      w.place,
      i.element_id,
      i.old_image,
      i.new_image
    from unnest(tracked_ids, places) as w (tracked_id, place)
    join tables tb on (tb.tracked).id = w.tracked_id
    cross join lateral (
      select coalesce(o.element_id, n.element_id) as element_id, o.image as old_image, n.image as new_image
      from (
        select e as image, backstory.element_id_of(e, tb.key_columns) as element_id
        from jsonb_array_elements(old_images -> w.place::text) as e
      ) as o
      full join (
        select e as image, backstory.element_id_of(e, tb.key_columns) as element_id
        from jsonb_array_elements(new_images -> w.place::text) as e
      ) as n on n.element_id = o.element_id
    ) as i
    order by w.tracked_id, i.element_id, w.place
  ),
  steps as (
    select
      i.*,
      case
        when i.new_image is null then 'delete'
        when i.old_image is null then 'insert'
        else 'update'
      end as action,
      case
        when i.new_image is null then backstory.whole_image('before', i.old_image, (i.tracked).options, i.left_out)
        when i.old_image is null then backstory.whole_image('after', i.new_image, (i.tracked).options, i.left_out)
        else backstory.image_changes(i.tracked, i.left_out, i.old_image, i.new_image)
      end as changes
    from images i
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
    cross join jsonb_array_elements(new_images -> w.place::text) as e (image)
    where tr.options ? 'snapshotEvery'
    group by tr, e.image
    order by min(w.place)
  ) as i;
  if written > 0 and policy.context = 'required' and coalesce(write_flush.user_id, '') = '' then
    raise exception 'Backstory refuses this write: it names no actor, and this installation requires one.'
      using
        errcode = 'BS106',
        hint = 'In TypeScript: actingAs({ userId }, () => …) around it. In SQL: select backstory.set_context(''{"userId": "…"}'') in the same transaction.';
  end if;
  return written;
end
$function$;
