-- Draws an id from the sequence of the log: what the log holds below it came before, what will be above it, after.
-- version: 1
create or replace function backstory.next_boundary()
returns bigint
language sql
volatile
set search_path = ''
as $function$
  select nextval(pg_get_serial_sequence('public.audit_logs', 'id'))
$function$;
