-- Creates the event trigger that lets capture follow changes of definitions, and says whether it fires.
-- version: 3
--
-- Returns compiled where it does, generic where the role may not create one (it takes a superuser) or where event
-- triggers do not fire (single-user mode, event_triggers = off).
create or replace function backstory.enable_following()
returns text
language plpgsql
set search_path = ''
as $function$
declare
  own_schema text := (
    select p.pronamespace::regnamespace::text
    from pg_proc p
    where p.oid = 'backstory.follow()'::regprocedure
  );
  trigger_name text := own_schema || '_follow_ddl';
  ignored text;
begin
  begin
    execute format('drop event trigger if exists %I', trigger_name);
    execute format(
      'create event trigger %I on ddl_command_end when tag in (%s) execute function backstory.follow_ddl()',
      trigger_name,
      '''ALTER TABLE'', ''CREATE TABLE'', ''CREATE FOREIGN TABLE'', ''DROP TABLE'', ''CREATE TRIGGER'', ''DROP TRIGGER'', ''DROP OWNED'', '
      -- a schema may be created with tables in it, and alter index renames tables too
      '''CREATE SCHEMA'', ''ALTER INDEX'', '
      '''ALTER SCHEMA'', ''DROP SCHEMA'', ''ALTER TYPE'', ''DROP TYPE'', ''ALTER DOMAIN'', ''DROP DOMAIN'', '
      '''CREATE EXTENSION'', ''ALTER EXTENSION'', ''DROP EXTENSION'', ''CREATE CAST'', '
      -- these take columns with them by cascade
      '''DROP FUNCTION'', ''DROP ROUTINE'', ''DROP OPERATOR'', ''DROP CAST'', ''DROP COLLATION'', ''DROP VIEW'', '
      '''DROP MATERIALIZED VIEW'', ''DROP LANGUAGE'', ''DROP ACCESS METHOD'', '
      '''DROP FOREIGN TABLE'', ''DROP SERVER'', ''DROP FOREIGN DATA WRAPPER'', '
      '''DROP TEXT SEARCH CONFIGURATION'', ''DROP TEXT SEARCH DICTIONARY'', ''DROP TEXT SEARCH PARSER'', '
      '''DROP TEXT SEARCH TEMPLATE'''
    );
    -- definitions change under session_replication_role = replica too
    execute format('alter event trigger %I enable always', trigger_name);
  exception
    when insufficient_privilege then return 'generic';
  end;
  ignored := set_config('backstory.following', '', true);
  alter table backstory.functions set (fillfactor = 100);
  return case current_setting('backstory.following', true) when 'yes' then 'compiled' else 'generic' end;
end
$function$;
