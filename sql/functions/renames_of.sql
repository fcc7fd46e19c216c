-- What happened to the names of a tracked table's columns, for backstory.translate_changes.
-- version: 1
--
-- [{"id", "old", "new"}] in order of id, `new` null where the column was dropped. Null where nothing did.
create or replace function backstory.renames_of(tracked_id integer)
returns jsonb
language sql
stable
set search_path = ''
as $function$
  select jsonb_agg(jsonb_build_object('id', s.id, 'old', s.old_name, 'new', s.new_name) order by s.id)
  from backstory.schema_changes s
  where s.tracked_id = renames_of.tracked_id and s.kind in ('column_renamed', 'column_dropped')
$function$;
