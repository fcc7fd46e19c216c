-- The table of a group of rows that a listener announces, and whether it announces them by their key.
-- version: 1
--
-- `g` is one of the groups of backstory.photograph. Pins no search_path, so that it becomes part of the statements that ask,
-- which pin it: a call would cost what some of them do.
create or replace function backstory.group_table(g jsonb)
returns table (
  id integer,
  is_listened boolean,
  is_by_key boolean,
  keys jsonb,
  places integer[]
)
language sql
stable
as $function$
  select
    tr.id,
    tr.options ->> 'capture' = 'listener',
    g -> 'keys' -> 0 ?& tr.key_columns and (g -> 'keys' -> 0) - tr.key_columns = '{}',
    g -> 'keys',
    translate(g ->> 'places', '[]', '{}')::integer[]
  from backstory.tracked tr
  where tr.active and tr.table_schema = g ->> 'schema' and tr.table_name = g ->> 'table'
$function$;
