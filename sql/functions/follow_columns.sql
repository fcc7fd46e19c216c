-- Compares the columns that are known of a tracked table with those of now, and returns the options of now.
-- version: 1
--
-- Notes additions, removals, changes of type and renames, and carries renames into the options.
-- A rename is one statement of its own and changes one name and nothing else: as many columns as before, at the same
-- places, of the same types. The column numbers must then agree too, unless a restored dump has dealt them anew.
create or replace function backstory.follow_columns(t backstory.tracked, now_columns jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $function$
declare
  options jsonb := t.options;
  renumbered boolean;
  change record;
begin
  select bool_or(o.value ->> 'number' <> n.value ->> 'number')
  into renumbered
  from jsonb_array_elements(t.columns) as o
  join jsonb_array_elements(now_columns) as n on n.value ->> 'name' = o.value ->> 'name';

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
    gone as (select * from known k where not exists (select from present p where p.name = k.name)),
    fresh as (select * from present p where not exists (select from known k where k.name = p.name)),
    renamed as (
      select g.name as old_name, f.name as new_name, g.place
      from gone g
      join fresh f on f.type = g.type
        and case
          when coalesce(renumbered, false)
            then f.place = g.place and jsonb_array_length(t.columns) = jsonb_array_length(now_columns)
          else f.number = g.number
        end
    )
    select 'column_renamed' as kind, r.old_name, r.new_name, r.place from renamed r
    union all
    select 'column_dropped', g.name, null, g.place
    from gone g
    where not exists (select from renamed r where r.old_name = g.name)
    union all
    select 'column_added', null, f.name, f.place
    from fresh f
    where not exists (select from renamed r where r.new_name = f.name)
    union all
    select 'column_retyped', k.name, p.name, k.place
    from known k
    join present p on p.name = k.name
    where p.type <> k.type
    order by place
  loop
    perform backstory.record_schema_change(t.id, change.kind, change.old_name, change.new_name);
    if change.kind in ('column_renamed', 'column_dropped') then
      options := backstory.rename_in_options(options, change.old_name, change.new_name);
    end if;
  end loop;
  return options;
end
$function$;
