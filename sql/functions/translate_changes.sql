-- The changes of an entry in today's column names: carries it through the renames that came after it.
-- version: 1
--
-- `renames` is what backstory.renames_of gives. A column that was dropped after the entry is left out, lest it be taken
-- for a later one of the same name.
create or replace function backstory.translate_changes(changes jsonb, entry_id bigint, renames jsonb)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  rename record;
  side text;
begin
  for rename in
    select r ->> 'old' as old_name, r ->> 'new' as new_name
    from jsonb_array_elements(renames) as r
    where (r ->> 'id')::bigint > entry_id
    order by (r ->> 'id')::bigint
  loop
    foreach side in array array['before', 'after'] loop
      if changes -> side ? rename.old_name then
        changes := jsonb_set(
          changes,
          array[side],
          (changes -> side) - rename.old_name
            || case when rename.new_name is null then '{}'
              else jsonb_build_object(rename.new_name, changes -> side -> rename.old_name)
            end
        );
      end if;
    end loop;
    if changes -> 'redacted' ? rename.old_name then
      changes := jsonb_set(
        changes,
        '{redacted}',
        (changes -> 'redacted') - rename.old_name
          || case when rename.new_name is null then '[]' else to_jsonb(rename.new_name) end
      );
    end if;
  end loop;
  return changes;
end
$function$;
