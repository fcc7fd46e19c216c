-- The query that finds the rows that a listener announces, with their places in the flush: what reads around a write share.
-- version: 2
--
-- Its first parameter is a JSON array of keys, objects of `key_columns`, the next one the place of each. A key may find
-- several rows. Its columns are given their types by the catalog, so that JSON can say every value. `lock` is as select has
-- it: the rows come as JSON texts then, to be kept, and as jsonb where it is '', to be used.
create or replace function backstory.announced_rows(
  t backstory.tracked,
  key_columns text[],
  lock text,
  first_parameter integer default 1
)
returns text
language plpgsql
stable
set search_path = ''
as $function$
declare
  relation oid;
  kind "char";
  definitions text;
  names text;
  conditions text;
  found_columns integer;
begin
  select
    c.oid,
    c.relkind,
    string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by k.place),
    string_agg(quote_ident(a.attname), ', ' order by k.place),
    string_agg('r.' || quote_ident(a.attname) || ' = k.' || quote_ident(a.attname), ' and ' order by k.place),
    count(a.attname)
  into relation, kind, definitions, names, conditions, found_columns
  from pg_namespace n
  join pg_class c on c.relnamespace = n.oid and c.relname = t.table_name
  cross join unnest(key_columns) with ordinality as k (name, place)
  left join pg_attribute a on a.attrelid = c.oid and a.attname = k.name and a.attnum > 0 and not a.attisdropped
  where n.nspname = t.table_schema
  group by c.oid, c.relkind;
  if found_columns is distinct from cardinality(key_columns) then
    raise exception 'A listener announces rows of % by the columns %, and the table does not have all of them.',
      t.element_type, array_to_string(key_columns, ', ')
      using errcode = 'BS108';
  end if;
  -- r alone could be a column; the rows of inheritance children are elements of their own tables
  return format(
    'select $%8$s[k."!place"] as place, %10$s as image'
    ' from rows from (jsonb_to_recordset($%9$s) as (%1$s)) with ordinality as k (%2$s, "!place")'
    ' join %3$s %4$I.%5$I r on %6$s%7$s',
    definitions,
    names,
    case kind when 'p' then '' else 'only' end,
    t.table_schema,
    t.table_name,
    conditions,
    case
      when lock <> '' then
        format(' order by %s for %s of r', (select string_agg(format('r.%I', name), ', ') from unnest(key_columns) as k (name)), lock)
      else ''
    end,
    first_parameter + 1,
    first_parameter,
    -- row_to_json costs half of to_jsonb, and read as jsonb it is the same
    case lock when '' then 'to_jsonb(r.*)' else 'row_to_json(r.*)::text' end
  );
end
$function$;
