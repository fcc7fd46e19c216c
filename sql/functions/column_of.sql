-- A column of a row variable or of an alias, as PL/pgSQL takes it too: in quotes, whatever its name is.
-- version: 1
--
-- What quote_ident leaves without quotes, such as begin, may be a reserved word of PL/pgSQL, which then finds no such field.
create or replace function backstory.column_of(row_name text, column_name text)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format('%s."%s"', row_name, replace(column_name, '"', '""'))
$function$;
