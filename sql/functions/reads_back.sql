-- Whether every row of a table can be kept as the text of a row, and read back from it as it was.
-- version: 1
--
-- Of types that are known to be so. Not of domains, whose checks a stored value may break by now, nor of composite types, nor
-- of what names other objects, nor of extensions.
create or replace function backstory.reads_back(relation oid)
returns boolean
language sql
stable
set search_path = ''
as $function$
  select
    bool_and(
      ty.typtype = 'e'
      or ty.oid = any (
        array[
          'int2', 'int4', 'int8', 'bool', 'uuid', 'text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'numeric',
          'float4', 'float8', 'date', 'timestamp', 'timestamptz', 'time', 'timetz', 'interval', 'bytea', 'inet', 'cidr',
          'macaddr', 'macaddr8', 'bit', 'varbit', 'tsvector', 'pg_lsn', 'xid8'
        ]::regtype[]::oid[]
      )
    )
  from pg_attribute a
  join pg_type own on own.oid = a.atttypid
  -- a true array: its elements decide
  join pg_type ty on ty.oid = case when own.typcategory = 'A' and own.typlen = -1 then own.typelem else own.oid end
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
$function$;
