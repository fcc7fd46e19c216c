-- What a tracked table refers to by foreign keys of today: [{"table": tracked id, "columns": its own, in order of key}].
-- version: 1
--
-- Only references to the whole key by which elements of the other table are known. An empty array for a table that is
-- not tracked now.
create or replace function backstory.references_of(t backstory.tracked)
returns jsonb
language sql
stable
set search_path = ''
as $function$
  select coalesce(jsonb_agg(jsonb_build_object('table', link.id::text, 'columns', link.columns)), '[]')
  from (
    select
      other.id,
      (
        select jsonb_agg(own.attname order by k.place)
        from unnest(other.key_columns) with ordinality as k (name, place)
        join unnest(c.conkey, c.confkey) as pair (own_number, other_number) on true
        join pg_attribute target on target.attrelid = c.confrelid and target.attnum = pair.other_number and target.attname = k.name
        join pg_attribute own on own.attrelid = c.conrelid and own.attnum = pair.own_number
      ) as columns,
      other.key_columns,
      cardinality(c.conkey) as width
    from pg_constraint c
    join pg_class r on r.oid = c.confrelid
    join pg_namespace n on n.oid = r.relnamespace
    join backstory.tracked other on other.active and other.table_schema = n.nspname and other.table_name = r.relname
    where
      t.active
      and c.contype = 'f'
      and c.conrelid = to_regclass(format('%I.%I', t.table_schema, t.table_name))
  ) as link
  where link.width = cardinality(link.key_columns) and jsonb_array_length(link.columns) = link.width
$function$;
