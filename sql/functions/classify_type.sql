-- How a capture function has to treat a column of a type: how to compare it, what its rendering depends on.
-- version: 1
--
-- exact: its `=` says equal just where the to_jsonb texts are equal, so `is distinct from` decides. Numeric only where
--   the column's modifier fixes the scale; floats, because jsonb knows no -0. Not so: interval (1 mon = 30 days),
--   citext, jsonb (1 = 1.0), ranges, nondeterministic collations.
-- telling: its `=` never says equal where the texts differ, but may tell apart what has one text: exact, and arrays of
--   exact elements (their lower bounds are in no text).
-- documentary: to_jsonb may give an object, whose insides are compared.
-- settings: what to_jsonb of it depends on (manual: 9.16 JSON functions, 20.11 client connection defaults);
--   a type that is not known here pins everything.
create or replace function backstory.classify_type(
  type_oid oid,
  collation_oid oid,
  type_modifier integer default -1,
  out is_exact boolean,
  out is_telling boolean,
  out is_documentary boolean,
  out settings text[]
)
language plpgsql
stable
set search_path = ''
as $function$
declare
  base oid := type_oid;
  modifier integer := type_modifier;
  element oid;
  element_type record;
  kind "char";
begin
  loop
    select t.typtype, t.typbasetype, case t.typtype when 'd' then t.typtypmod else modifier end
    into kind, element, modifier
    from pg_type t
    where t.oid = base;
    exit when kind <> 'd';
    base := element;
  end loop;
  -- a true array (typelem and the array's subscripting): its elements decide
  select t.typelem
  into element
  from pg_type t
  where t.oid = base and t.typelem <> 0 and t.typlen = -1 and t.typcategory = 'A';

  is_exact := kind = 'e'
    or base = any (array['int2', 'int4', 'int8', 'bool', 'uuid', 'date', 'timestamp', 'timestamptz', 'time', 'oid', 'bytea', 'float4', 'float8']::regtype[]::oid[])
    or (base = 'numeric'::regtype and modifier <> -1)
    or (
      base = any (array['text', 'varchar', 'name']::regtype[]::oid[])
      and coalesce((select c.collisdeterministic from pg_collation c where c.oid = collation_oid), true)
    );
  is_documentary := kind = 'c'
    or base = any (array['json', 'jsonb']::regtype[]::oid[])
    -- to_jsonb uses a cast to json where a type of an extension has one (hstore)
    or exists (
      select
      from pg_cast c
      where c.castsource = base and c.casttarget = 'json'::regtype and c.castfunc <> 0
    );
  settings := case
    when base = 'timestamptz'::regtype then array['timezone']
    when base = 'interval'::regtype then array['intervalstyle']
    when base = 'bytea'::regtype then array['bytea_output']
    when base = any (array['float4', 'float8']::regtype[]::oid[]) then array['extra_float_digits']
    when base = 'money'::regtype then array['lc_monetary']
    when kind = 'e' or base = any (
      array[
        'int2', 'int4', 'int8', 'bool', 'uuid', 'text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'numeric',
        'date', 'timestamp', 'time', 'timetz', 'oid', 'inet', 'cidr', 'macaddr', 'macaddr8', 'bit', 'varbit',
        'tsvector', 'tsquery', 'pg_lsn', 'xid', 'xid8'
      ]::regtype[]::oid[]
    ) then array[]::text[]
    else array['timezone', 'datestyle', 'intervalstyle', 'bytea_output', 'extra_float_digits', 'lc_monetary']
  end;
  is_telling := is_exact;
  if element is not null then
    element_type := backstory.classify_type(element, collation_oid, modifier);
    is_telling := element_type.is_exact;
    settings := element_type.settings;
  end if;
end
$function$;
