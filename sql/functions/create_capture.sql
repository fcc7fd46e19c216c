-- Creates a capture function, or replaces it, with the rights that it needs and no others.
-- version: 1
create or replace function backstory.create_capture(function_name text, settings text[], body text)
returns void
language plpgsql
set search_path = ''
as $function$
declare
  log_owner regrole := (select c.relowner from pg_class c where c.oid = 'public.audit_logs'::regclass);
begin
  execute format(
    E'create or replace function backstory.%I()\nreturns trigger\nlanguage plpgsql\nsecurity definer\nset search_path = ''''%s\nas %L',
    function_name, backstory.output_settings(settings), body
  );
  -- it runs with its owner's rights, and needs those of the log's owner, whoever tracks
  if not exists (
    select
    from pg_proc p
    where p.proname = function_name and p.proowner = log_owner and p.prorettype = 'trigger'::regtype
  ) then
    execute format('alter function backstory.%I() owner to %s', function_name, log_owner);
  end if;
  -- whoever may call it could attach it to a table of his own and forge entries; firing it needs no permission
  execute format('revoke all on function backstory.%I() from public', function_name);
end
$function$;
