-- Makes the capture function of a tracked table anew, for exactly the columns and options of now.
-- version: 1
--
-- The function that is made compares column by column, in groups, and builds JSON only for what differs
-- (docs/performance.md has the alternatives and their figures). Everything about the table is a constant in it.
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
  log_owner regrole := (select c.relowner from pg_class c where c.oid = 'public.audit_logs'::regclass);
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
  else
    body := backstory.generic_body(t, policy.context);
    settings := array['timezone', 'datestyle', 'intervalstyle', 'bytea_output', 'extra_float_digits', 'lc_monetary'];
  end if;

  execute format(
    E'create or replace function backstory.%I()\nreturns trigger\nlanguage plpgsql\nsecurity definer\nset search_path = ''''%s\nas %L',
    t.function_name, backstory.output_settings(settings), body
  );
  -- it runs with its owner's rights, and needs those of the log's owner, whoever tracks
  if not exists (
    select
    from pg_proc p
    where p.proname = t.function_name and p.proowner = log_owner and p.prorettype = 'trigger'::regtype
  ) then
    execute format('alter function backstory.%I() owner to %s', t.function_name, log_owner);
  end if;
  -- whoever may call it could attach it to a table of his own and forge entries; firing it needs no permission
  execute format('revoke all on function backstory.%I() from public', t.function_name);
end
$function$;
