-- Adds to `changes` how a column with documents went from one value to another, pruned to what differs.
-- version: 2
--
-- docs/reference/changes.md specifies it; src/core/diff.ts is the same in TypeScript. It runs inside of capture, where every
-- expression counts. So it bets on the usual case, a few leaves with new values, no more than two levels down: each leaf that
-- is found is recorded and carried over into a copy of `before`, and the bet is won where the copy then has the bytes of
-- `after`. Keys that came or went, numbers that differ in scale alone (`<>` does not see them) and all else lose it: then
-- backstory.collect_differences begins anew, and overwrites what is in `changes` under this name.
--
-- An assignment to a subscript makes the objects that are missing, but an array where a key begins like a number or with a
-- blank: those, and some that merely sort in front of ':', lose it too.
create or replace function backstory.collect_document(
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
  key text;
  inner_key text;
  old_value jsonb;
  new_value jsonb;
  patched jsonb;
  leaves integer;
begin
  if jsonb_typeof(before) = 'object' then
    <<search>>
    foreach key in array array(select jsonb_object_keys(before)) loop
      if before -> key <> after -> key then
        old_value := before -> key;
        new_value := after -> key;
        if jsonb_typeof(old_value) = 'object' then
          foreach inner_key in array array(select jsonb_object_keys(old_value)) loop
            if old_value -> inner_key <> new_value -> inner_key then
              exit search when key < ':' collate "C"
                or inner_key < ':' collate "C"
                or jsonb_typeof(old_value -> inner_key) = 'object';
              changes['before'][name][key][inner_key] := old_value -> inner_key;
              changes['after'][name][key][inner_key] := new_value -> inner_key;
              patched := jsonb_set(coalesce(patched, before), array[key, inner_key], new_value -> inner_key);
              if row(patched)::record operator(pg_catalog.*=) row(after)::record then
                return changes;
              end if;
              -- each costs a copy of the document
              leaves := coalesce(leaves, 0) + 1;
              exit search when leaves = 4;
            end if;
          end loop;
        else
          exit search when key < ':' collate "C";
          changes['before'][name][key] := old_value;
          changes['after'][name][key] := new_value;
          patched := jsonb_set(coalesce(patched, before), array[key], new_value);
          if row(patched)::record operator(pg_catalog.*=) row(after)::record then
            return changes;
          end if;
          leaves := coalesce(leaves, 0) + 1;
          exit search when leaves = 4;
        end if;
      end if;
    end loop;
  end if;
  return backstory.collect_differences(changes, name, before, after);
end
$function$;
