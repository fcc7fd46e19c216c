-- How a state differs from the one that an update says it came from: what there is, and what it says was there.
-- version: 1
--
-- {"before": …, "after": …} as backstory.diff gives it, so that backstory.apply makes of the state one that the update
-- fits; null where it fits already. An update says something only of the keys that it mentions.
create or replace function backstory.misfit(state jsonb, gone jsonb, come jsonb)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  key text;
  old_value jsonb;
  present jsonb := '{}';
  claimed jsonb := '{}';
  inner_state jsonb;
  inner_misfit jsonb;
  nested jsonb[] := '{}';
  result jsonb;
begin
  for key, old_value in
    select e.key, e.value
    from jsonb_each(gone) as e
  loop
    inner_state := state -> key;
    if jsonb_typeof(old_value) = 'object' and jsonb_typeof(come -> key) = 'object' and jsonb_typeof(inner_state) = 'object' then
      inner_misfit := backstory.misfit(inner_state, old_value, come -> key);
      if inner_misfit is not null then
        nested := array_append(nested, jsonb_build_array(key, inner_misfit));
      end if;
    elsif inner_state::text is distinct from old_value::text then
      present := present || case when inner_state is null then '{}' else jsonb_build_object(key, inner_state) end;
      claimed := claimed || jsonb_build_object(key, old_value);
    end if;
  end loop;
  -- what it adds was not there
  select present || coalesce(jsonb_object_agg(e.key, state -> e.key), '{}')
  into present
  from jsonb_object_keys(come) as e (key)
  where not gone ? e.key and state ? e.key;

  result := backstory.diff(present, claimed);
  foreach inner_misfit in array nested loop
    key := inner_misfit ->> 0;
    result := jsonb_build_object(
      'before', coalesce(result -> 'before', '{}') || jsonb_build_object(key, inner_misfit -> 1 -> 'before'),
      'after', coalesce(result -> 'after', '{}') || jsonb_build_object(key, inner_misfit -> 1 -> 'after')
    );
  end loop;
  return result;
end
$function$;
