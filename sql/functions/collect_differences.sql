-- The same as backstory.collect_document, for whatever differences there are.
-- version: 1
--
-- The way down to the only key that differs is one loop, whatever its depth, and what only several keys need comes after it.
-- `*<>` compares bytes, and only where these differ texts are compared, since bytes may differ for the same text. A null is
-- JSON's null.
create or replace function backstory.collect_differences(
  changes jsonb,
  name text,
  before jsonb,
  after jsonb
)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  keys jsonb;
  key text;
  differing text[];
  path text[];
  gone jsonb;
  come jsonb;
begin
  while jsonb_typeof(before) = 'object' and jsonb_typeof(after) = 'object' loop
    -- decompresses both once
    keys := jsonb_path_query_array(before || after, 'strict $.keyvalue().key');
    if jsonb_array_length(keys) <= 48 then
      for place in 0..jsonb_array_length(keys) - 1 loop
        key := keys ->> place;
        if row(before -> key)::record operator(pg_catalog.*<>) row(after -> key)::record then
          differing := array_append(differing, key);
        end if;
      end loop;
    else
      before := before || '{}';
      after := after || '{}';
      differing := array(
        select k.key
        from jsonb_array_elements_text(keys) as k (key)
        where row(before -> k.key)::record operator(pg_catalog.*<>) row(after -> k.key)::record
      );
    end if;
    if cardinality(differing) = 1 and before ? differing[1] and after ? differing[1] then
      path := path || differing;
      before := before -> differing[1];
      after := after -> differing[1];
      differing := null;
    else
      -- one pass: appending key by key would take quadratic time
      select
        coalesce(jsonb_object_agg(d.key, coalesce(d.nested #> '{before,inner}', d.old_value)) filter (where d.old_value is not null), '{}'),
        coalesce(jsonb_object_agg(d.key, coalesce(d.nested #> '{after,inner}', d.new_value)) filter (where d.new_value is not null), '{}')
      into gone, come
      from (
        select
          c.*,
          case
            when jsonb_typeof(c.old_value) = 'object' and jsonb_typeof(c.new_value) = 'object'
              then backstory.collect_document(null, 'inner', c.old_value, c.new_value)
          end as nested
        from (
          select k.key, before -> k.key as old_value, after -> k.key as new_value
          from unnest(differing) as k (key)
          offset 0 -- so that a value is taken out once
        ) as c
        where c.old_value::text is distinct from c.new_value::text
        offset 0
      ) as d;
      if gone = '{}' and come = '{}' then
        return changes;
      end if;
      before := gone;
      after := come;
      exit;
    end if;
  end loop;
  if differing is null and coalesce(before, 'null')::text = coalesce(after, 'null')::text then
    return changes;
  end if;
  for level in reverse coalesce(cardinality(path), 0)..1 loop
    before := jsonb_build_object(path[level], before);
    after := jsonb_build_object(path[level], after);
  end loop;
  changes['before'][name] := before;
  changes['after'][name] := after;
  return changes;
end
$function$;
