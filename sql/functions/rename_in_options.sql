-- The options of a tracked table after one of its columns was renamed, or dropped (`new_name` null).
-- version: 2
create or replace function backstory.rename_in_options(options jsonb, old_name text, new_name text)
returns jsonb
language sql
immutable
set search_path = ''
as $function$
  select coalesce(
    jsonb_object_agg(o.key, renamed.value) filter (where renamed.value is not null and renamed.value <> '[]'),
    '{}'
  )
  from jsonb_each(options) as o
  cross join lateral (
    select case
      when o.key = 'capture' then o.value
      when o.value = to_jsonb(old_name) then to_jsonb(new_name)
      when jsonb_typeof(o.value) = 'array' then (
        select coalesce(
          jsonb_agg(case when e.value = to_jsonb(old_name) then to_jsonb(new_name) else e.value end order by e.place)
            filter (where e.value <> to_jsonb(old_name) or new_name is not null),
          '[]'
        )
        from jsonb_array_elements(o.value) with ordinality as e (value, place)
      )
      else o.value
    end as value
  ) as renamed
$function$;
