-- The state that many entries lead to: backstory.apply or backstory.rewind over all of `steps`, in their order.
-- version: 3
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
  with_object constant jsonpath := jsonpath 'strict $.* ? (@.type() == "object")';
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
  key text;
  deep_gone jsonb;
  deep_come jsonb;
  present jsonb;
  renewed jsonb;
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
    if come <> '{}' or gone <> '{}' then
      if (gone || come) <> come or jsonb_path_exists(gone, with_object) then
        state := backstory.exchange_keys(
          backstory.write_gathered(state, columns, document, removed, keys), changes -> gone_side, changes -> come_side, '{}'
        );
        columns := '{}';
        keys := '{}';
        removed := '{}';
        continue;
      end if;
      columns := columns || come;
      if come ? document then
        keys := '{}';
        removed := '{}';
      end if;
    end if;
    continue when inner_gone is null;
    -- of the objects inside of the document, whole new ones
    renewed := '{}';
    -- one short query, since every operator that would tell the same copies all values
    foreach key in array array(
      select k.key
      from jsonb_object_keys(inner_gone) as k (key)
      where
        not inner_come ? k.key
        or jsonb_typeof(inner_gone -> k.key) = 'object' and jsonb_typeof(inner_come -> k.key) = 'object'
    ) loop
      deep_come := inner_come -> key;
      if deep_come is null then
        removed := array_append(removed, key);
        keys := keys - key;
        continue;
      end if;
      deep_gone := inner_gone -> key;
      present := coalesce(
        keys -> key,
        case
          when not key = any (removed) then
            case when columns ? document then columns else state end #> array[document, key]
        end
      );
      renewed := renewed || jsonb_build_object(
        key,
        case
          when jsonb_typeof(present) = 'object'
            and (deep_gone || deep_come) = deep_come
            and not jsonb_path_exists(deep_gone, with_object)
          then present || deep_come
          else backstory.exchange_keys(present, deep_gone, deep_come, array[document, key])
        end
      );
    end loop;
    keys := keys || inner_come || renewed;
  end loop;
  if columns = '{}' and keys = '{}' and removed = '{}' then
    return state;
  end if;
  return backstory.write_gathered(state, columns, document, removed, keys);
end
$function$;
