-- Notes what happened to a tracked table itself, at its place among the entries.
-- version: 1
create or replace function backstory.record_schema_change(
  tracked_id integer,
  kind text,
  old_name text,
  new_name text
)
returns void
language sql
volatile
set search_path = ''
as $function$
  insert into backstory.schema_changes (id, tracked_id, kind, old_name, new_name)
  values (backstory.next_boundary(), tracked_id, kind, old_name, new_name)
$function$;
