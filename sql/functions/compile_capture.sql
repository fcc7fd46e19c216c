-- Makes the capture functions of a tracked table anew, for exactly the columns and options of now.
-- version: 2
--
-- The one that is made for rows compares column by column, and builds JSON only for what differs (docs/performance.md has
-- the alternatives and their figures). Everything about the table is a constant in it.
create or replace function backstory.compile_capture(tracked_id integer)
returns void
language plpgsql
set search_path = ''
as $function$
declare
  t backstory.tracked;
  policy backstory.settings;
  relation oid;
  body text;
  settings text[];
begin
  select * into strict t from backstory.tracked tr where tr.id = tracked_id;
  select * into strict policy from backstory.settings s;
  relation := format('%I.%I', t.table_schema, t.table_name)::regclass;

  if policy.capture = 'compiled' then
    body := backstory.compiled_body(t, relation, policy.context);
    select array_agg(distinct s)
    into settings
    from pg_attribute a,
      unnest((backstory.classify_type(a.atttypid, a.attcollation)).settings) as s
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
    perform backstory.create_capture(
      backstory.rows_function(t.id), settings, backstory.rows_body(t, relation, policy.context)
    );
  else
    body := backstory.generic_body(t, policy.context);
    settings := array['timezone', 'datestyle', 'intervalstyle', 'bytea_output', 'extra_float_digits', 'lc_monetary'];
  end if;

  perform backstory.create_capture(t.function_name, settings, body);
end
$function$;
