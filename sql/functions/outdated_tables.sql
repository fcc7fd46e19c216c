-- The tracked tables whose definition is not what is known of them, by their ids in backstory.tracked.
-- version: 5
--
-- Set by set and not table by table: it runs with every change of a definition, whatever it changes.
create or replace function backstory.outdated_tables()
returns setof integer
language sql
stable
set search_path = ''
set quote_all_identifiers = off
as $function$
  with
  found as materialized (
    select
      t.*,
      case t.options ->> 'capture'
        when 'listener' then to_regclass(format('%I.%I', t.table_schema, t.table_name))::oid
        else tg.tgrelid
      end as relation
    from backstory.tracked t
    left join (
      pg_proc p
      join pg_proc own on own.oid = 'backstory.follow()'::regprocedure and own.pronamespace = p.pronamespace
      -- by way of the dependency, which has an index
      join pg_depend d on d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid and d.classid = 'pg_trigger'::regclass
      join pg_trigger tg on tg.oid = d.objid and tg.tgname = '!backstory_capture' and tg.tgparentid = 0
    ) on p.proname = t.function_name
    where t.active
  ),
  by_statement as materialized (
    select b.relation
    from backstory.captured_by_statement(array(select f.relation from found f)) as b (relation)
  ),
  known as (
    select
      f.id,
      c ->> 'name' as name,
      (c ->> 'number')::integer as number,
      c ->> 'type' as type,
      c ->> 'collation' as collation
    from found f, jsonb_array_elements(f.columns) as c
    where f.relation is not null
  ),
  present as (
    select
      f.id,
      a.attname::text as name,
      a.attnum::integer as number,
      format_type(a.atttypid, a.atttypmod) as type,
      case when a.attcollation <> ty.typcollation then a.attcollation::regcollation::text end as collation
    from found f
    join pg_attribute a on a.attrelid = f.relation
    join pg_type ty on ty.oid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v'
  )
  select f.id
  from found f
  left join pg_class c on c.oid = f.relation
  left join pg_namespace n on n.oid = c.relnamespace
  where
    f.relation is null
    or n.nspname <> f.table_schema
    or c.relname <> f.table_name
    or (not f.options ? 'key' and backstory.primary_key_of(f.relation) <> f.key_columns)
    or (
      not f.options ? 'capture'
      -- one of the two may have been dropped by hand
      and (f.relation in (select b.relation from by_statement b)) <> ((
        select count(*)
        from pg_trigger tg
        where
          tg.tgrelid = f.relation
          and tg.tgname in ('!backstory_capture_insert', '!backstory_capture_delete')
      ) = 2)
    )
    or (
      not f.options ? 'capture'
      and not exists (
        select from pg_trigger tg where tg.tgrelid = f.relation and tg.tgname = '!backstory_truncate'
      )
    )
    or (
      c.relkind = 'p'
      and not f.options ? 'capture'
      and exists (
        select
        from pg_partition_tree(f.relation) leaf
        where not exists (
          select from pg_trigger tg where tg.tgrelid = leaf.relid and tg.tgname = '!backstory_truncate'
        )
      )
    )
  union
  (select k.id from (table known except table present) k)
  union
  (select p.id from (table present except table known) p)
  order by 1
$function$;
