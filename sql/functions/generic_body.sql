-- The body of a capture function that looks at its table at every row, and so cannot go stale.
-- version: 1
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
  redacted jsonb;
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
    changes := backstory.diff(old_image - left_out, new_image - left_out);
    -- in the order of the columns, as the compiled function names them
    select jsonb_agg(c -> 'name')
    into redacted
    from jsonb_array_elements(t.columns) as c
    where
      t.options -> 'redact' ? (c ->> 'name')
      and (old_image -> (c ->> 'name'))::text is distinct from (new_image -> (c ->> 'name'))::text;
    if changes is null and redacted is null then
      return null;
    end if;
    changes := coalesce(changes, '{"before": {}, "after": {}}');
    if redacted is not null then
      changes := changes || jsonb_build_object('redacted', redacted);
    end if;
    %2$s
    perform backstory.insert_entry(t, 'update', new_image, changes);
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
