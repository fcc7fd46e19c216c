-- The expression that gives the to_jsonb text of one column of a row variable such as new.
-- version: 2
--
-- For the usual types of keys the cast to text is the same text, at a fraction of the cost.
create or replace function backstory.text_expression(row_name text, column_name text, columns jsonb)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    case
      when c ->> 'type' in ('smallint', 'integer', 'bigint', 'uuid', 'text', 'character varying') then '%s::text'
      else 'to_jsonb(%s) #>> ''{}'''
    end,
    backstory.column_of(row_name, column_name)
  )
  from jsonb_array_elements(columns) as c
  where c ->> 'name' = column_name
$function$;
