-- The changes of an entry in today's columns: carried through what was renamed and dropped after it.
-- version: 1
--
-- `renames` is [{"id", "old", "new"}] in order of id; `new` is null for a column that was dropped: nothing of it could
-- be rewound from a row that has it no more.
create or replace function backstory.translate_changes(changes jsonb, entry_id bigint, renames jsonb)
returns jsonb
language plpgsql
immutable
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
          (changes -> side) - rename.old_name || case
            when rename.new_name is null then '{}'
            else jsonb_build_object(rename.new_name, changes -> side -> rename.old_name)
          end
        );
      end if;
    end loop;
    if changes -> 'redacted' ? rename.old_name then
      changes := jsonb_set(
        changes,
        '{redacted}',
        (changes -> 'redacted') - rename.old_name || case
          when rename.new_name is null then '[]'
          else jsonb_build_array(rename.new_name)
        end
      );
    end if;
  end loop;
  return changes;
end
$function$;
