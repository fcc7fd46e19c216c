-- The changes of a whole row in a capture function: {"after": row} or {"before": row}, the redacted columns named.
-- version: 1
--
-- `whole_row` is how SQL says the row there. jsonb_build_object takes it as it is; only what leaves columns out needs
-- it as jsonb before.
create or replace function backstory.image_expression(side text, whole_row text, options jsonb, left_out text[])
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    'jsonb_build_object(%L, %s%s)',
    side,
    case cardinality(left_out)
      when 0 then whole_row
      else format('to_jsonb(%s) - %L::text[]', whole_row, left_out::text)
    end,
    case jsonb_array_length(coalesce(options -> 'redact', '[]'))
      when 0 then ''
      else format(', ''redacted'', %L::jsonb', (options -> 'redact')::text)
    end
  )
$function$;
