-- The changes between two images of one element, as an update records them; null where nothing that is recorded changed.
-- version: 1
--
-- `left_out` are the columns that images do not hold; of these the redacted ones are named where they changed.
create or replace function backstory.image_changes(
  t backstory.tracked,
  left_out text[],
  old_image jsonb,
  new_image jsonb
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $function$
declare
  changes jsonb := backstory.diff(old_image - left_out, new_image - left_out);
  redacted jsonb;
begin
  if not t.options ? 'redact' then
    return changes;
  end if;
  -- in the order of the columns, as the compiled function names them
  select jsonb_agg(c -> 'name')
  into redacted
  from jsonb_array_elements(t.columns) as c
  where
    t.options -> 'redact' ? (c ->> 'name')
    and (old_image -> (c ->> 'name'))::text is distinct from (new_image -> (c ->> 'name'))::text;
  if redacted is null then
    return changes;
  end if;
  return coalesce(changes, '{"before": {}, "after": {}}') || jsonb_build_object('redacted', redacted);
end
$function$;
