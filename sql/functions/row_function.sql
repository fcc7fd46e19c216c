-- The name of a function that is made for the rows of a table that listeners record.
-- version: 2
--
-- What it does, and a digest of the table's name: so it is found without looking for what is tracked, by clients too, which
-- quote as format does (manual, 9.4.1). Pins no search_path, so that it becomes part of the expressions that call it (stable, as
-- format is): a call would cost what some statements do.
create or replace function backstory.row_function(what text, table_schema text, table_name text)
returns text
language sql
stable
as $function$
  select pg_catalog.format(
    'backstory.%s_%s',
    what,
    pg_catalog.left(
      pg_catalog.encode(
        pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.format('%L.%L', table_schema, table_name), 'UTF8')),
        'hex'
      ),
      32
    )
  )
$function$;
