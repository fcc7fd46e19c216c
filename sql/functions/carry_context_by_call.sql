-- The same as carry_context for the extended protocol, where a CALL costs less than a SELECT: it has no plan.
-- version: 1
create or replace procedure backstory.carry_context_by_call(user_id text, circumstances text)
language plpgsql
as $procedure$
declare
  ignored text;
begin
  ignored := pg_catalog.concat(
    pg_catalog.set_config('backstory.user_id', user_id, true),
    pg_catalog.set_config('backstory.context', circumstances, true)
  );
end
$procedure$;
