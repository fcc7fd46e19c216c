-- The statement that locks rows that a listener announces and gives their images, as JSON: [place, row], [place, row] …
-- version: 1
--
-- Null where it finds none. Parameters as announced_rows has them.
create or replace function backstory.photographing(t backstory.tracked, key_columns text[], lock text)
returns text
language sql
stable
set search_path = ''
as $function$
  select format(
    'select string_agg(''['' || s.place || '','' || s.image || '']'', '','') from (%s) as s',
    backstory.announced_rows(t, key_columns, lock)
  )
$function$;
