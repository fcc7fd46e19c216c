-- The name of the function that captures a tracked table's inserts and deletes a statement at a time.
-- version: 1
create or replace function backstory.rows_function(tracked_id integer)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format('capture_rows_%s', tracked_id)
$function$;
