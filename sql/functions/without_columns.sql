-- The changes of an entry without some columns, as somebody sees them who may not see those.
-- version: 1
create or replace function backstory.without_columns(changes jsonb, columns text[])
returns jsonb
language sql
immutable
parallel safe
set search_path = ''
as $function$
  select case
    when changes is null then null
    else
      changes - 'before' - 'after' - 'redacted'
      || case
        when changes ? 'before' then jsonb_build_object('before', (changes -> 'before') - columns)
        else '{}'
      end
      || case
        when changes ? 'after' then jsonb_build_object('after', (changes -> 'after') - columns)
        else '{}'
      end
      || case
        when (changes -> 'redacted') - columns <> '[]' then jsonb_build_object('redacted', (changes -> 'redacted') - columns)
        else '{}'
      end
  end
$function$;
