-- What backstory.apply and backstory.rewind share: the keys that only `gone` has leave the state, those of `come` arrive.
-- version: 2
--
-- Where both hold an object under a key, the same happens inside of that; `path` is where `state` is, for the message.
-- A single nested object is descended into by the loop, several are by recursion, as in backstory.diff.
create or replace function backstory.exchange_keys(state jsonb, gone jsonb, come jsonb, path text[])
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  with_object constant jsonpath := jsonpath 'strict $.* ? (@.type() == "object")';
  key text;
  old_value jsonb;
  leaving text[];
  nested text[];
  remaining jsonb;
  descended text[] := '{}';
  above jsonb[] := '{}';
begin
  loop
    if jsonb_typeof(state) is distinct from 'object' then
      raise exception 'The changes do not fit the state: they change keys inside of %, and the state has no object there.',
        array_to_string(path || descended, '.')
        using
          errcode = 'BS110',
          hint = 'Give changes in the order of the log and leave none out; if you did, a write escaped it: the continuity check says which.';
    end if;
    -- decompresses once; otherwise each `->` would
    state := state || '{}';
    gone := gone || '{}';
    come := come || '{}';
    leaving := '{}';
    nested := '{}';
    -- the usual end of the way; a loop over the keys would cost more than all the rest
    if (gone || come) = come and not jsonb_path_exists(gone, with_object) then
      remaining := state;
      exit;
    end if;
    for key, old_value in
      select e.key, e.value
      from jsonb_each(gone) as e
    loop
      if not come ? key then
        leaving := array_append(leaving, key);
      elsif jsonb_typeof(old_value) = 'object' and jsonb_typeof(come -> key) = 'object' then
        nested := array_append(nested, key);
      end if;
    end loop;
    if cardinality(leaving) <= 64 then
      remaining := state - leaving;
    else
      -- `-` takes the time of both numbers of keys multiplied
      select coalesce(jsonb_object_agg(e.key, e.value), '{}')
      into remaining
      from jsonb_each(state) as e
      where not gone ? e.key;
    end if;
    exit when cardinality(nested) <> 1;
    above := array_append(above, remaining || come);
    descended := descended || nested;
    state := state -> nested[1];
    gone := gone -> nested[1];
    come := come -> nested[1];
  end loop;

  if cardinality(nested) = 0 then
    state := remaining || come;
  else
    select remaining || come || jsonb_object_agg(n.key, n.value)
    into state
    from (
      select
        k.key,
        backstory.exchange_keys(state -> k.key, gone -> k.key, come -> k.key, path || descended || k.key) as value
      from unnest(nested) as k (key)
      offset 0
    ) as n;
  end if;
  for level in reverse cardinality(descended)..1 loop
    state := above[level] || jsonb_build_object(descended[level], state);
  end loop;
  return state;
end
$function$;
