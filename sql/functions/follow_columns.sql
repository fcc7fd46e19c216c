-- Notes how the columns of a tracked table have changed since they were last looked at.
-- version: 1
--
-- Additions, removals, changes of type, and renames, which are carried into the options; returns the options of now.
-- A column is known by its number, which nothing changes but a restored dump: that deals the numbers anew, in order and
-- without the gaps of dropped columns. It shows when a number below a known one comes into use, since numbers are never
-- used twice, or when all columns that kept their names have the number that was then dealt. Names tell the columns
-- then, and a name that was changed since is found by the number.
create or replace function backstory.follow_columns(t backstory.tracked, now_columns jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $function$
declare
  options jsonb := t.options;
  -- virtual generated columns take numbers too, and are not among ours
  dealt integer[] := array(
    select i
    from generate_series(1, 1600) as i
    where not exists (
      select
      from pg_attribute a
      where
        a.attrelid = backstory.relation_of(t.function_name)
        and a.attnum = i
        and a.attgenerated = 'v'
        and not a.attisdropped
    )
    order by i
  );
  renumbered boolean;
  change record;
begin
  with
  known as (
    select e.value ->> 'name' as name, (e.value ->> 'number')::integer as number, e.place
    from jsonb_array_elements(t.columns) with ordinality as e (value, place)
  ),
  present as (
    select e.value ->> 'name' as name, (e.value ->> 'number')::integer as number
    from jsonb_array_elements(now_columns) as e (value)
  )
  select
    exists (
      select
      from present p
      where p.number < (select max(k.number) from known k) and p.number not in (select k.number from known k)
    )
    or coalesce(
      (
        select bool_and(p.number = dealt[k.place]) and bool_or(p.number <> k.number)
        from known k
        join present p on p.name = k.name
      ),
      false
    )
  into renumbered;

  for change in
    with
    known as (
      select e.place, e.value ->> 'name' as name, e.value ->> 'number' as number, e.value ->> 'type' as type
      from jsonb_array_elements(t.columns) with ordinality as e (value, place)
    ),
    present as (
      select e.place, e.value ->> 'name' as name, e.value ->> 'number' as number, e.value ->> 'type' as type
      from jsonb_array_elements(now_columns) with ordinality as e (value, place)
    ),
    same as (
      select k.place, k.name as old_name, p.name as new_name, k.type as old_type, p.type as new_type
      from known k
      join present p on case
        when renumbered then
          p.name = k.name
          or (
            p.number::integer = dealt[k.place]
            and p.type = k.type
            and not exists (select from present other where other.name = k.name)
            and not exists (select from known other where other.name = p.name)
          )
        else p.number = k.number
      end
    ),
    -- several renames that were followed at once may have passed names on: each then goes by way of a name of its own
    via as (
      select
        s.*,
        case
          when s.old_name <> s.new_name and exists (select from known k where k.name = s.new_name)
            then '!backstory_renamed_' || s.place
        end as detour
      from same s
    )
    select 1 as step, 'column_dropped' as kind, k.name as old_name, null as new_name, k.place
    from known k
    where not exists (select from same s where s.old_name = k.name)
    union all
    select 2, 'column_renamed', s.old_name, coalesce(s.detour, s.new_name), s.place
    from via s
    where s.old_name <> s.new_name
    union all
    select 3, 'column_renamed', s.detour, s.new_name, s.place
    from via s
    where s.detour is not null
    union all
    select 4, 'column_retyped', s.new_name, s.new_name, s.place
    from same s
    where s.old_type <> s.new_type
    union all
    select 5, 'column_added', null, p.name, p.place
    from present p
    where not exists (select from same s where s.new_name = p.name)
    order by step, place
  loop
    perform backstory.record_schema_change(t.id, change.kind, change.old_name, change.new_name);
    if change.kind in ('column_renamed', 'column_dropped') then
      options := backstory.rename_in_options(options, change.old_name, change.new_name);
    end if;
  end loop;
  return options;
end
$function$;
