-- The query of the live rows of a tracked table, as text: their element ids, and the rows as `r`.
-- version: 3
create or replace function backstory.live_rows(t backstory.tracked)
returns text
language sql
stable
set search_path = ''
as $function$
  select format(
    'select %s as element_id, "!row" as r from %s %I.%I "!row"',
    -- a table may have a column r
    backstory.key_expression('"!row"', t),
    -- the rows of inheritance children are elements of their own tables
    case
      when exists (
        select
        from pg_partitioned_table p
        where p.partrelid = to_regclass(format('%I.%I', t.table_schema, t.table_name))
      ) then ''
      else 'only'
    end,
    t.table_schema,
    t.table_name
  )
$function$;
