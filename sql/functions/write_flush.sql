-- Writes the entries of a flush into the log, from the images of its rows before and after, which are objects by place.
-- version: 2
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
  images as (
    select
      tb.tracked,
      tb.left_out,
      w.place,
      i.old_image,
      i.new_image,
      backstory.element_id_of(i.old_image, tb.key_columns) as old_id,
      backstory.element_id_of(i.new_image, tb.key_columns) as new_id
    from unnest(tracked_ids, places) as w (tracked_id, place)
    join tables tb on (tb.tracked).id = w.tracked_id
    cross join lateral (
      select old_images -> w.place::text as old_image, new_images -> w.place::text as new_image
    ) as i
  ),
  steps as (
    select i.tracked, i.place, s.*
    from images i
    cross join lateral (
      select
        1 as step,
        'update' as action,
        i.new_image as image,
        backstory.image_changes(i.tracked, i.left_out, i.old_image, i.new_image) as changes
      where i.old_id = i.new_id
      union all
      select 1, 'delete', i.old_image, backstory.whole_image('before', i.old_image, (i.tracked).options, i.left_out)
      where i.old_image is not null and i.old_id is distinct from i.new_id
      union all
      select 2, 'insert', i.new_image, backstory.whole_image('after', i.new_image, (i.tracked).options, i.left_out)
      where i.new_image is not null and i.old_id is distinct from i.new_id
      offset 0 -- so that a difference is computed once
    ) as s
    where s.changes is not null
  )
  select
    (s.tracked).element_type,
    backstory.element_id_of(s.image, (s.tracked).key_columns),
    s.image ->> ((s.tracked).options ->> 'scope'),
    nullif(write_flush.user_id, ''),
    s.action,
    s.changes,
    nullif(circumstances, '')::jsonb
  from steps s
  order by s.place, s.step;
  get diagnostics written = row_count;
  perform backstory.insert_snapshot(
    tr,
    new_images -> w.place::text,
    backstory.left_out(tr.options, to_regclass(format('%I.%I', tr.table_schema, tr.table_name)))
  )
  from unnest(tracked_ids, places) as w (tracked_id, place)
  join backstory.tracked tr on tr.id = w.tracked_id
  where tr.options ? 'snapshotEvery' and jsonb_typeof(new_images -> w.place::text) = 'object';
  if written > 0 and policy.context = 'required' and coalesce(write_flush.user_id, '') = '' then
    raise exception 'Backstory refuses this write: it names no actor, and this installation requires one.'
      using
        errcode = 'BS106',
        hint = 'In TypeScript: actingAs({ userId }, () => …) around it. In SQL: select backstory.set_context(''{"userId": "…"}'') in the same transaction.';
  end if;
  return written;
end
$function$;
