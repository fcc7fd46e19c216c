-- Holds the options of track against the table, and returns them without what is empty or the default.
-- version: 5
--
-- Unknown names, wrong types, columns that do not exist, and combinations that contradict each other are errors.
create or replace function backstory.validate_options(element_type text, columns jsonb, options jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $function$
declare
  o record;
  column_name text;
  known text[] := array(select c ->> 'name' from jsonb_array_elements(columns) as c);
  redacted jsonb;
begin
  if jsonb_typeof(options) is distinct from 'object' then
    raise exception 'The options of track must be a JSON object, not %.', coalesce(options::text, 'null')
      using errcode = 'BS109', hint = 'For example: select backstory.track(''orders'', ''{"ignore": ["updated_at"]}'')';
  end if;
  for o in
    select e.key as name, e.value, jsonb_typeof(e.value) as type from jsonb_each(options) as e
  loop
    if o.name not in ('scope', 'label', 'ignore', 'redact', 'key', 'capture', 'snapshotEvery') then
      raise exception 'Track has no option "%".', o.name
        using errcode = 'BS109', hint = 'Its options are scope, label, ignore, redact, key, capture and snapshotEvery.';
    end if;
    if o.type = 'null' then
      continue;
    end if;
    if o.name = 'capture' then
      if o.value not in ('"trigger"', '"listener"') then
        raise exception 'The option capture is trigger or listener; it is %.', o.value
          using errcode = 'BS109';
      end if;
      continue;
    end if;
    if o.name = 'snapshotEvery' then
      if o.type <> 'number' or o.value::text !~ '^[0-9]+$' or o.value::numeric not between 2 and 10000 then
        raise exception 'The option snapshotEvery is a whole number from 2 to 10,000; it is %.', o.value
          using errcode = 'BS109';
      end if;
      continue;
    end if;
    if o.name in ('scope', 'label') and o.type <> 'string' then
      raise exception 'The option % names one column, as a string; it is %.', o.name, o.value
        using errcode = 'BS109';
    end if;
    if o.name in ('ignore', 'redact', 'key')
      and (o.type <> 'array' or jsonb_path_exists(o.value, '$[*] ? (@.type() <> "string")'))
    then
      raise exception 'The option % is an array of column names; it is %.', o.name, o.value
        using errcode = 'BS109';
    end if;
    for column_name in
      select c from jsonb_array_elements_text(case o.type when 'array' then o.value else jsonb_build_array(o.value) end) as c
    loop
      if not column_name = any (known) then
        raise exception 'The option % names a column "%", which % does not have.', o.name, column_name, element_type
          using errcode = 'BS108', hint = format('Its columns are %s.', array_to_string(known, ', '));
      end if;
    end loop;
  end loop;

  select k
  into column_name
  from jsonb_array_elements_text(coalesce(nullif(options -> 'key', 'null'), '[]')) as k
  group by k
  having count(*) > 1
  limit 1;
  if found then
    raise exception 'The option key names the column "%" of % twice.', column_name, element_type
      using errcode = 'BS109', hint = 'Name each column of the key once.';
  end if;
  redacted := coalesce(nullif(options -> 'redact', 'null'), '[]');
  for o in
    select role.name, role.column_name
    from (
      select 'scope' as name, options ->> 'scope' as column_name
      union all
      select 'label', options ->> 'label'
      union all
      select 'key', k from jsonb_array_elements_text(coalesce(nullif(options -> 'key', 'null'), '[]')) as k
      union all
      select 'ignore', i from jsonb_array_elements_text(coalesce(nullif(options -> 'ignore', 'null'), '[]')) as i
    ) as role
    where redacted ? role.column_name
  loop
    raise exception 'Column "%" of % is redacted and cannot be its % as well: its value would be shown, or the option mean nothing.',
      o.column_name, element_type, o.name
      using errcode = 'BS109';
  end loop;
  return (
    select coalesce(jsonb_object_agg(e.key, e.value), '{}')
    from jsonb_each(options) as e
    where e.value not in ('null', '[]') and (e.key, e.value) <> ('capture', '"trigger"')
  );
end
$function$;
