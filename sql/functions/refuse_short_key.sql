-- Refuses rows that a listener announces by columns that may find several, where they have to find one.
-- version: 2
--
-- Others would be taken for rows that the write has brought in, or a row whose key was changed would be lost. `g` is one of the
-- groups of backstory.photograph, with "mayInsert", or "isByKey" where these columns are said to be the key of the table.
create or replace function backstory.refuse_short_key(g jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $function$
declare
  relation oid := to_regclass(format('%I.%I', g ->> 'schema', g ->> 'table'));
  t record;
begin
  if 'true' not in (g -> 'mayInsert', coalesce(g -> 'isByKey', 'false'))
    or exists (
      select
      from pg_index i
      where
        i.indrelid = relation
        and i.indisunique
        and i.indisvalid
        and i.indpred is null
        and i.indexprs is null
        and not exists (
          select
          from unnest((i.indkey::smallint[])[0:i.indnkeyatts - 1]) as k (number)
          join pg_attribute a on a.attrelid = relation and a.attnum = k.number
          where not g -> 'keys' -> 0 ? a.attname
        )
    )
    -- said by what looks for its rows
    or exists (
      select
      from jsonb_object_keys(g -> 'keys' -> 0) as k (name)
      where not exists (
        select
        from pg_attribute a
        where a.attrelid = relation and a.attname = k.name and a.attnum > 0 and not a.attisdropped
      )
    )
  then
    return;
  end if;
  select tr.element_type, tr.key_columns
  into t
  from backstory.tracked tr
  where tr.active and tr.table_schema = g ->> 'schema' and tr.table_name = g ->> 'table';
  raise exception 'A listener announces rows of % by the columns %, by which several may be found: its key is %.',
    t.element_type,
    (select string_agg(k, ', ') from jsonb_object_keys(g -> 'keys' -> 0) as k),
    array_to_string(t.key_columns, ', ')
    using
      errcode = 'BS120',
      hint = 'Give the listener all columns of the key.';
end
$function$;
