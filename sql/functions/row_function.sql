-- The name of a function that is made for single rows of a table that listeners record.
-- version: 1
--
-- What it does, and a digest of the table's name: so it is found without looking for what is tracked. Pins no search_path, so
-- that it becomes part of the expressions that call it (stable, as format is): a call would cost what some statements do.
create or replace function backstory.row_function(what text, table_schema text, table_name text)
returns text
language sql
stable
as $function$
  select pg_catalog.format('backstory.%s_%s', what, pg_catalog.md5(pg_catalog.format('%I.%I', table_schema, table_name)))
$function$;
