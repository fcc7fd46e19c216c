-- The state that many entries lead to: backstory.apply or backstory.rewind over all of `steps`, in their order.
-- version: 1
--
-- Forward, `gone_side` is before and `come_side` after; backward the other way round, and `base` the state to begin
-- with. A whole image (of an insert, a deletion, a snapshot) is the state, whatever was before it. The usual steps, which
-- change columns, or keys of the column `document`, are gathered, and the large state is rewritten once for all of them.
create or replace function backstory.fold_steps(
  base jsonb,
  steps jsonb[],
  gone_side text,
  come_side text,
  document text
)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  with_object constant jsonpath := 'strict $.* ? (@.type() == "object")';
  state jsonb := base;
  changes jsonb;
  gone jsonb;
  come jsonb;
  inner_gone jsonb;
  inner_come jsonb;
  -- gathered: columns, and keys of the document that come and that go
  columns jsonb := '{}';
  keys jsonb := '{}';
  removed text[] := '{}';
  leaving text[];
begin
  foreach changes in array steps loop
    gone := changes -> gone_side;
    come := changes -> come_side;
    if gone is null or come is null then
      state := coalesce(come, gone);
      columns := '{}';
      keys := '{}';
      removed := '{}';
      continue;
    end if;
    if state is null then
      raise exception 'The changes do not fit the state: they are of an update, and there is no element.'
        using
          errcode = 'BS110',
          hint = 'A write escaped the log: the continuity check says which.';
    end if;
    inner_gone := gone -> document;
    inner_come := come -> document;
    if jsonb_typeof(inner_gone) = 'object' and jsonb_typeof(inner_come) = 'object' then
      gone := gone - document;
      come := come - document;
    else
      inner_gone := null;
    end if;
    if (gone = '{}' and come = '{}' or (gone || come) = come and not jsonb_path_exists(gone, with_object))
      and (inner_gone is null or not jsonb_path_exists(inner_gone, with_object))
    then
      if come <> '{}' then
        columns := columns || come;
        if come ? document then
          keys := '{}';
          removed := '{}';
        end if;
      end if;
      if inner_gone is not null then
        if (inner_gone || inner_come) <> inner_come then
          leaving := array(select k.key from jsonb_object_keys(inner_gone) as k (key) where not inner_come ? k.key);
          removed := removed || leaving;
          keys := keys - leaving;
        end if;
        keys := keys || inner_come;
      end if;
      continue;
    end if;
    state := backstory.exchange_keys(
      backstory.write_gathered(state, columns, document, removed, keys), changes -> gone_side, changes -> come_side, '{}'
    );
    columns := '{}';
    keys := '{}';
    removed := '{}';
  end loop;
  if columns = '{}' and keys = '{}' and removed = '{}' then
    return state;
  end if;
  return backstory.write_gathered(state, columns, document, removed, keys);
end
$function$;
