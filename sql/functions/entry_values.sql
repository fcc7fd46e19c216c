-- The values of one entry, as an insert statement of a capture function takes them.
-- version: 1
--
-- `row_name` is what the row is called there: new, old, or the alias of a transition table.
create or replace function backstory.entry_values(
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
    $template$
    %L,
    %s,
    %s,
    nullif(current_setting('backstory.user_id', true), ''),
    %L,
    %s,
    nullif(current_setting('backstory.context', true), '')::jsonb$template$,
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
