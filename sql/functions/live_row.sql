-- The row of an element as it is now, as to_jsonb gives it; null where there is none. With the caller's permissions.
-- version: 3
create or replace function backstory.live_row(t backstory.tracked, element_id text)
returns jsonb
language plpgsql
stable
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
set lc_monetary = 'C'
as $function$
declare
  conditions text;
  image jsonb;
begin
  select string_agg(
    format(
      case
        -- what to_jsonb renders as an array or an object is no literal of the type; no index helps to find it
        when y.typcategory in ('A', 'C') or 'json'::regtype in (y.oid, y.typbasetype) or 'jsonb'::regtype in (y.oid, y.typbasetype)
          then 'to_jsonb(r.%1$I) #>> ''{}'' = %2$s'
        else 'r.%1$I = (%2$s)::%3$s'
      end,
      k.name,
      case cardinality(t.key_columns) when 1 then '$1' else format('($1::jsonb ->> %s)', k.place - 1) end,
      c ->> 'type'
    ),
    ' and '
  )
  into conditions
  from unnest(t.key_columns) with ordinality as k (name, place)
  join jsonb_array_elements(t.columns) as c on c ->> 'name' = k.name
  join pg_type y on y.oid = to_regtype(c ->> 'type');
  -- the rows of inheritance children are elements of their own tables; r alone could be a column
  begin
    execute format(
      'select to_jsonb(r.*) from %s %I.%I r where %s',
      case
        when exists (
          select
          from pg_partitioned_table p
          where p.partrelid = to_regclass(format('%I.%I', t.table_schema, t.table_name))
        ) then ''
        else 'only'
      end,
      t.table_schema, t.table_name, conditions
    )
    into image
    using element_id;
  exception
    -- no value of the key's type has this text, so there is no such row
    when data_exception or check_violation then return null;
  end;
  return image;
end
$function$;
