-- The changes that lead from one state (or one jsonb object) to another, pruned to what differs; null if nothing does.
-- version: 2
--
-- docs/reference/changes.md specifies it; src/core/diff.ts is the same in TypeScript. `before` null: the element came
-- into being; `after` null: it went. It runs inside of capture, where every expression counts: variables have no
-- initial values, and what only nested objects need comes after the return for all others. `*<>` compares bytes, and only
-- where these differ texts are compared, since bytes may differ for the same text. A single nested object is descended
-- into by the loop, so that neither depth nor the usual case costs a call; several are by recursion, so that their number
-- costs linearly.
create or replace function backstory.diff(before jsonb, after jsonb)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  changed text[];
  key text;
  old_value jsonb;
  new_value jsonb;
  gone jsonb;
  come jsonb;
  nested text[];
  path text[];
  gone_above jsonb[];
  come_above jsonb[];
begin
  if before is null or after is null then
    return case
      when before is not null then jsonb_build_object('before', before)
      when after is not null then jsonb_build_object('after', after)
    end;
  end if;
  -- decompresses once; otherwise each `->` would
  before := before || '{}';
  after := after || '{}';
  loop
    changed := array(
      select k.key
      from (select jsonb_object_keys(before || after) as key) as k
      where row(before -> k.key)::record operator(pg_catalog.*<>) row(after -> k.key)::record
    );
    if cardinality(changed) <= 16 then
      foreach key in array changed loop
        old_value := before -> key;
        new_value := after -> key;
        if jsonb_typeof(old_value) = 'object' and jsonb_typeof(new_value) = 'object' then
          nested := array_append(nested, key);
        elsif old_value::text is distinct from new_value::text then
          if old_value is not null then
            gone := coalesce(gone, '{}') || jsonb_build_object(key, old_value);
          end if;
          if new_value is not null then
            come := coalesce(come, '{}') || jsonb_build_object(key, new_value);
          end if;
        end if;
      end loop;
    else
      -- one pass: appending key by key would take quadratic time
      select
        jsonb_object_agg(d.key, d.old_value) filter (where not d.is_nested and d.old_value is not null),
        jsonb_object_agg(d.key, d.new_value) filter (where not d.is_nested and d.new_value is not null),
        array_agg(d.key) filter (where d.is_nested)
      into gone, come, nested
      from (
        select
          c.*,
          coalesce(jsonb_typeof(c.old_value) = 'object' and jsonb_typeof(c.new_value) = 'object', false) as is_nested
        from (
          select k.key, before -> k.key as old_value, after -> k.key as new_value
          from unnest(changed) as k (key)
          offset 0
        ) as c
      ) as d
      where d.is_nested or d.old_value::text is distinct from d.new_value::text;
    end if;
    exit when cardinality(nested) is distinct from 1;
    path := path || nested;
    gone_above := array_append(gone_above, gone);
    come_above := array_append(come_above, come);
    before := before -> nested[1];
    after := after -> nested[1];
    gone := null;
    come := null;
    nested := null;
  end loop;
  if nested is null and path is null then
    return case
      when gone is not null or come is not null then
        jsonb_build_object('before', coalesce(gone, '{}'), 'after', coalesce(come, '{}'))
    end;
  end if;

  if nested is not null then
    select
      coalesce(gone, '{}') || coalesce(jsonb_object_agg(d.key, d.changes -> 'before'), '{}'),
      coalesce(come, '{}') || coalesce(jsonb_object_agg(d.key, d.changes -> 'after'), '{}')
    into gone, come
    from (
      select n.key, backstory.diff(before -> n.key, after -> n.key) as changes
      from unnest(nested) as n (key)
      offset 0
    ) as d
    where d.changes is not null;
  end if;
  for level in reverse coalesce(cardinality(path), 0)..1 loop
    if coalesce(gone, '{}') = '{}' and coalesce(come, '{}') = '{}' then
      gone := gone_above[level];
      come := come_above[level];
    else
      gone := coalesce(gone_above[level], '{}') || jsonb_build_object(path[level], coalesce(gone, '{}'));
      come := coalesce(come_above[level], '{}') || jsonb_build_object(path[level], coalesce(come, '{}'));
    end if;
  end loop;
  return case
    when coalesce(gone, '{}') <> '{}' or coalesce(come, '{}') <> '{}' then
      jsonb_build_object('before', coalesce(gone, '{}'), 'after', coalesce(come, '{}'))
  end;
end
$function$;
