-- What undoing has to know of a tracked table: its columns, its key, its foreign keys in both directions.
-- version: 2
--
-- Null where it is not tracked now, or is gone. Columns come from the catalog: a definition may have changed since
-- capture last looked.
create or replace function backstory.undo_table(tracked_id integer)
returns jsonb
language sql
stable
set search_path = ''
as $function$
  with
  subject as (
    select t.id, t.element_type, t.table_schema, t.table_name, t.key_columns, t.options, c.oid, c.relkind
    from backstory.tracked t
    join pg_namespace n on n.nspname = t.table_schema
    join pg_class c on c.relnamespace = n.oid and c.relname = t.table_name
    where t.id = undo_table.tracked_id and t.active
  ),
  -- partitions have copies of the foreign keys of their tables
  links as (
    select k.oid, k.conrelid, k.confrelid, k.conkey, k.confkey, k.confdeltype, k.condeferrable
    from pg_constraint k
    where k.contype = 'f' and k.conparentid = 0
  )
  select jsonb_build_object(
    'id', s.id,
    'elementType', s.element_type,
    'schema', s.table_schema,
    'name', s.table_name,
    'isPartitioned', s.relkind = 'p',
    'isListened', s.options ->> 'capture' is not distinct from 'listener',
    'key', (
      select jsonb_agg(
        jsonb_build_object(
          'name', a.attname,
          'type', format_type(a.atttypid, a.atttypmod),
          -- what to_jsonb renders as an array or an object is no literal of the type
          'isLiteral', y.typcategory not in ('A', 'C') and not 'jsonb'::regtype in (y.oid, y.typbasetype)
        )
        order by k.place
      )
      from unnest(s.key_columns) with ordinality as k (name, place)
      join pg_attribute a on a.attrelid = s.oid and a.attname = k.name
      join pg_type y on y.oid = a.atttypid
    ),
    'columns', (
      select jsonb_agg(
        jsonb_build_object(
          'name', a.attname,
          'withheld', case
            when coalesce(s.options -> 'redact', '[]') ? a.attname then 'redacted'
            when coalesce(s.options -> 'ignore', '[]') ? a.attname then 'ignored'
            when a.attgenerated <> '' then 'generated'
          end,
          'isNullable', not a.attnotnull,
          'isRequired', a.attnotnull and not a.atthasdef and a.attidentity = '',
          -- the JSON null and that of SQL are one in an image, and only one of them can be meant
          'jsonNull', case
            when a.attnotnull and a.atttypid in ('json'::regtype, 'jsonb'::regtype) then a.atttypid::regtype::text
          end
        )
        order by a.attnum
      )
      from pg_attribute a
      where a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
    ),
    'renames', coalesce(backstory.renames_of(s.id), '[]'),
    'references', (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'table', t.id,
            'columns', names.own,
            'referenced', names.others,
            'isDeferrable', l.condeferrable
          )
          order by l.oid
        ),
        '[]'
      )
      from links l
      join pg_class c on c.oid = l.confrelid
      join pg_namespace n on n.oid = c.relnamespace
      join backstory.tracked t on t.table_schema = n.nspname and t.table_name = c.relname and t.active
      cross join lateral (
        select
          jsonb_agg(own.attname order by k.place) as own,
          jsonb_agg(other.attname order by k.place) as others
        from unnest(l.conkey, l.confkey) with ordinality as k (own, other, place)
        join pg_attribute own on own.attrelid = l.conrelid and own.attnum = k.own
        join pg_attribute other on other.attrelid = l.confrelid and other.attnum = k.other
      ) as names
      where l.conrelid = s.oid
    ),
    'referencedBy', (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'table', t.id,
            'schema', n.nspname,
            'name', c.relname,
            'isPartitioned', c.relkind = 'p',
            'key', to_jsonb(coalesce(t.key_columns, backstory.primary_key_of(c.oid))),
            'elementType', coalesce(t.element_type, format('%I.%I', n.nspname, c.relname)),
            'columns', names.own,
            'referenced', names.others,
            'onDelete', case l.confdeltype
              when 'c' then 'cascade'
              when 'n' then 'set null'
              when 'd' then 'set default'
              else 'refuse'
            end
          )
          order by l.oid
        ),
        '[]'
      )
      from links l
      join pg_class c on c.oid = l.conrelid
      join pg_namespace n on n.oid = c.relnamespace
      left join backstory.tracked t on t.table_schema = n.nspname and t.table_name = c.relname and t.active
      cross join lateral (
        select
          jsonb_agg(own.attname order by k.place) as own,
          jsonb_agg(other.attname order by k.place) as others
        from unnest(l.conkey, l.confkey) with ordinality as k (own, other, place)
        join pg_attribute own on own.attrelid = l.conrelid and own.attnum = k.own
        join pg_attribute other on other.attrelid = l.confrelid and other.attnum = k.other
      ) as names
      where l.confrelid = s.oid
    )
  )
  from subject s
$function$;
