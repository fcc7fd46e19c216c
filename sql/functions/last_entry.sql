-- The number of the newest entry that can be seen, 0 where there is none.
-- version: 1
create or replace function backstory.last_entry()
returns bigint
language sql
stable
security definer
set search_path = ''
as $function$
  select coalesce(max(e.id), 0) from public.audit_logs e
$function$;
