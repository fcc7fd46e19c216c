-- The statement with which a capture function writes one entry; `row_name` is new or old.
-- version: 1
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
  values (
    %L,
    %s,
    %s,
    nullif(current_setting('backstory.user_id', true), ''),
    %L,
    %s,
    nullif(current_setting('backstory.context', true), '')::jsonb
  );$template$,
    t.element_type,
    backstory.key_expression(row_name, t),
    case
      when t.options ? 'scope' then backstory.text_expression(row_name, t.options ->> 'scope', t.columns)
      else 'null'
    end,
    action,
    changes
  )
$function$;
