-- The column of a tracked table that holds documents, for backstory.fold_steps: the first of type jsonb or json, or null.
-- version: 1
create or replace function backstory.document_column(t backstory.tracked)
returns text
language sql
immutable
set search_path = ''
as $function$
  select c ->> 'name'
  from jsonb_array_elements(t.columns) as c
  where c ->> 'type' in ('jsonb', 'json')
  limit 1
$function$;
