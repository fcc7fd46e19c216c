-- Writes one entry from a row image: what the captures that work on images (generic, truncate) have in common.
-- version: 1
create or replace function backstory.insert_entry(
  t backstory.tracked,
  action text,
  image jsonb,
  changes jsonb
)
returns bigint
language sql
volatile
set search_path = ''
as $function$
  insert into public.audit_logs (element_type, element_id, scope, user_id, action, changes, context)
  values (
    t.element_type,
    backstory.element_id_of(image, t.key_columns),
    image ->> (t.options ->> 'scope'),
    nullif(current_setting('backstory.user_id', true), ''),
    action,
    changes,
    nullif(current_setting('backstory.context', true), '')::jsonb
  )
  returning id
$function$;
