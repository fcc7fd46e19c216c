-- The statement with which a capture function writes one entry; `row_name` is new or old.
-- version: 2
create or replace function backstory.insert_statement(
  t backstory.tracked,
  row_name text,
  action text,
  changes text
)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    $template$insert into public.audit_logs (element_type, element_id, scope, user_id, action, changes, context)
  values (%s
  );$template$,
    backstory.entry_values(t, row_name, action, changes)
  )
$function$;
