-- The body of a capture function that looks at its table at every row, and so cannot go stale.
-- version: 3
--
-- For installations whose role may not create event triggers.
create or replace function backstory.generic_body(t backstory.tracked, context_policy text)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    $template$
declare
  t backstory.tracked := backstory.tracked_now(%1$s, tg_relid);
  left_out text[] := backstory.left_out(t.options, tg_relid);
  old_image jsonb;
  new_image jsonb;
  changes jsonb;
begin
  if tg_op <> 'INSERT' then
    old_image := to_jsonb(old);
  end if;
  if tg_op <> 'DELETE' then
    new_image := to_jsonb(new);
  end if;
  if tg_op = 'UPDATE'
    and backstory.element_id_of(old_image, t.key_columns) = backstory.element_id_of(new_image, t.key_columns)
  then
    changes := backstory.image_changes(t, left_out, old_image, new_image);
    if changes is null then
      return null;
    end if;
    %2$s
    perform backstory.insert_entry(t, 'update', new_image, changes);
    if t.options ? 'snapshotEvery' then
      perform backstory.insert_snapshot(t, new_image, left_out);
    end if;
    return null;
  end if;
  %2$s
  if old_image is not null then
    perform backstory.insert_entry(
      t, 'delete', old_image, backstory.whole_image('before', old_image, t.options, left_out)
    );
  end if;
  if new_image is not null then
    perform backstory.insert_entry(
      t, 'insert', new_image, backstory.whole_image('after', new_image, t.options, left_out)
    );
  end if;
  return null;
end
$template$,
    t.id,
    backstory.actor_check(t.element_type, context_policy)
  )
$function$;
