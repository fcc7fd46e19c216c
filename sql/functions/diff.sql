-- The changes that lead from one state (or one jsonb object) to another, pruned to what differs; null if nothing does.
-- version: 3
--
-- docs/reference/changes.md specifies it; src/core/diff.ts is the same in TypeScript. `before` null: the element came
-- into being; `after` null: it went.
create or replace function backstory.diff(before jsonb, after jsonb)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  changes jsonb;
begin
  if before is null or after is null then
    return case
      when before is not null then jsonb_build_object('before', before)
      when after is not null then jsonb_build_object('after', after)
    end;
  end if;
  changes := backstory.collect_document(null, 'state', before, after);
  return case
    when changes is not null then
      jsonb_build_object('before', changes -> 'before' -> 'state', 'after', changes -> 'after' -> 'state')
  end;
end
$function$;
