-- The expression that gives the element id of a row variable such as new.
-- version: 2
--
-- One key is its to_jsonb text, several are the text of a JSON array without white space, ["a",1].
create or replace function backstory.key_expression(row_name text, t backstory.tracked)
returns text
language sql
immutable
set search_path = ''
as $function$
  select case cardinality(t.key_columns)
    when 1 then backstory.text_expression(row_name, t.key_columns[1], t.columns)
    else (
      select '''['' || ' || string_agg(
        format('to_jsonb(%s)::text', backstory.column_of(row_name, k.name)), ' || '','' || ' order by k.place
      ) || ' || '']'''
      from unnest(t.key_columns) with ordinality as k (name, place)
    )
  end
$function$;
