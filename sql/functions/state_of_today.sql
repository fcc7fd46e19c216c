-- Trims a state to the columns that exist today, existed then, and are shown: without ignored and redacted ones.
-- version: 1
--
-- A column that was added later did not exist, whatever its default has filled in since; one that was dropped since
-- is found in the entries. Renames have been carried through before.
create or replace function backstory.state_of_today(t backstory.tracked, state jsonb, entry_id bigint)
returns jsonb
language sql
stable
set search_path = ''
as $function$
  select case
    when t.id is null or state is null then state
    else (
      with later as (
        -- under the name of today
        select jsonb_object_keys(
          backstory.translate_changes(
            jsonb_build_object('after', jsonb_build_object(added.new_name, true)),
            added.id,
            coalesce(backstory.renames_of(t.id), '[]')
          ) -> 'after'
        ) as name
        from backstory.schema_changes added
        where added.tracked_id = t.id and added.kind = 'column_added' and added.id > entry_id
      )
      select coalesce(jsonb_object_agg(s.key, s.value), '{}')
      from jsonb_each(state) as s
      where
        exists (select from jsonb_array_elements(t.columns) as c where c ->> 'name' = s.key)
        and not coalesce(t.options -> 'ignore', '[]') ? s.key
        and not coalesce(t.options -> 'redact', '[]') ? s.key
        and s.key not in (select l.name from later l)
    )
  end
$function$;
