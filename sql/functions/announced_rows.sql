-- The query that finds the rows that a listener announces, with their places in the flush: what reads around a write share.
-- version: 7
--
-- Parameters: $1, a JSON array of keys, objects of `key_columns`; $2, the place of each; $3, {place: [image of before, …]}.
-- `keys` and `places` are how they are said. A key may find several rows. Its columns are given their types by the catalog,
-- so that JSON can say every value; of jsonb it says the text, as listeners hold it. What is `wanted`: `before`, place and image, as JSON text, of rows that it locks; `after`,
-- place and image; `after_by_images`, the same by keys that are images, in which jsonb is itself; `with_kept`, for keys that find one row at most, place, old_image and new_image, any of which may be null;
-- `text_before`, as `before`, with the text of the row for its image; `row`, place and found_row, which may be null.
create or replace function backstory.announced_rows(
  t backstory.tracked,
  key_columns text[],
  wanted text,
  lock text default 'no key update',
  keys text default '$1',
  places text default '$2'
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
    -- without the type's modifier: what is too long for the column is in no row, and no error
    string_agg(
      quote_ident(a.attname) || ' ' || case when is_document then 'text' else format_type(a.atttypid, -1) end,
      ', ' order by k.place
    ),
    string_agg(quote_ident(a.attname), ', ' order by k.place),
    string_agg(
      'r.' || quote_ident(a.attname) || ' = k.' || quote_ident(a.attname)
      || case when is_document then '::' || format_type(a.atttypid, -1) else '' end,
      ' and ' order by k.place
    ),
    count(a.attname)
  into relation, kind, definitions, names, conditions, found_columns
  from pg_namespace n
  join pg_class c on c.relnamespace = n.oid and c.relname = t.table_name
  cross join unnest(key_columns) with ordinality as k (name, place)
  left join pg_attribute a on a.attrelid = c.oid and a.attname = k.name and a.attnum > 0 and not a.attisdropped
  left join pg_type ty on ty.oid = a.atttypid
  cross join lateral (
    select 'jsonb'::regtype in (ty.oid, ty.typbasetype) and wanted <> 'after_by_images' as is_document
  ) as d
  where n.nspname = t.table_schema
  group by c.oid, c.relkind;
  if found_columns is distinct from cardinality(key_columns) then
    raise exception 'A listener announces rows of % by the columns %, and the table does not have all of them.',
      t.element_type, array_to_string(key_columns, ', ')
      using errcode = 'BS108';
  end if;
  -- r alone could be a column; the rows of inheritance children are elements of their own tables
  return format(
    'select %s from rows from (jsonb_to_recordset(%s) as (%s)) with ordinality as k (%s, "!place") %s %s %I.%I r on %s%s',
    format(
      case wanted
        when 'with_kept' then
          '%1$s[k."!place"] as place, $3 -> %1$s[k."!place"]::text -> 0 as old_image, %2$s as new_image'
        when 'text_before' then '%1$s[k."!place"] as place, r.*::text as image'
        when 'row' then '%1$s[k."!place"] as place, r.*::%3$I.%4$I as found_row'
        else '%1$s[k."!place"] as place, %2$s as image'
      end,
      places,
      backstory.listened_image(relation, wanted = 'before'),
      t.table_schema,
      t.table_name
    ),
    keys,
    definitions,
    names,
    case when wanted in ('with_kept', 'row') then 'left join' else 'join' end,
    case kind when 'p' then '' else 'only' end,
    t.table_schema,
    t.table_name,
    conditions,
    case
      when wanted in ('before', 'text_before') then
        format(' order by %s for %s of r', (select string_agg(format('r.%I', name), ', ') from unnest(key_columns) as k (name)), lock)
      else ''
    end
  );
end
$function$;
