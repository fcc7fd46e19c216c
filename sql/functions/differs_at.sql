-- Whether two pruned documents differ at a path: for entries by the path that changed.
-- version: 1
--
-- A segment `*` stands for every key of an object and every element of an array; other segments are read as by `#>`.
-- A missing value differs from every value, JSON null included; values differ when their texts do.
create or replace function backstory.differs_at(before jsonb, after jsonb, path text[])
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $function$
declare
  star integer := array_position(path, '*');
  old_part jsonb;
  new_part jsonb;
begin
  if star is null then
    return (before #> path)::text is distinct from (after #> path)::text;
  end if;
  old_part := before #> path[:star - 1];
  new_part := after #> path[:star - 1];
  return exists (
    select
    from (
      select backstory.keys_of(old_part)
      union
      select backstory.keys_of(new_part)
    ) as keys (key)
    where backstory.differs_at(
      old_part #> array[keys.key],
      new_part #> array[keys.key],
      path[star + 1:]
    )
  );
end
$function$;
