-- The changes of a whole row: {"after": row} for an insert, {"before": row} for a delete, the redacted columns named.
-- version: 1
create or replace function backstory.whole_image(side text, image jsonb, options jsonb, left_out text[])
returns jsonb
language sql
immutable
set search_path = ''
as $function$
  select jsonb_build_object(side, image - left_out)
    || case jsonb_array_length(coalesce(options -> 'redact', '[]'))
      when 0 then '{}'
      else jsonb_build_object('redacted', options -> 'redact')
    end
$function$;
