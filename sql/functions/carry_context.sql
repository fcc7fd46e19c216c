-- Names the actor and the circumstances of this transaction's further writes: set_context for the riders of drivers.
-- version: 1
--
-- They hold the object and have it split already, '' for what is not there. One expression, names qualified instead of
-- a path pinned: it goes with every write, and this costs less than half of what set_context does.
create or replace function backstory.carry_context(user_id text, circumstances text)
returns void
language plpgsql
as $function$
declare
  ignored text;
begin
  ignored := pg_catalog.concat(
    pg_catalog.set_config('backstory.user_id', user_id, true),
    pg_catalog.set_config('backstory.context', circumstances, true)
  );
end
$function$;
