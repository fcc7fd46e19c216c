-- Names the actor and the circumstances of this transaction's further writes. Anybody may call it.
-- version: 1
--
-- `context` is the text of a JSON object whose `userId` is the actor; null or '' takes the context away.
-- Transaction-local: nothing is left for the next borrower of a pooled connection. It is split here, once,
-- so that the capture of each row need not look for the actor again.
create or replace function backstory.set_context(context text)
returns void
language plpgsql
set search_path = ''
as $function$
declare
  circumstances jsonb;
  ignored text;
begin
  if coalesce(context, '') = '' then
    ignored := set_config('backstory.user_id', '', true);
    ignored := set_config('backstory.context', '', true);
    return;
  end if;
  circumstances := context::jsonb;
  if jsonb_typeof(circumstances) <> 'object' then
    raise exception 'A context must be a JSON object, not %.', jsonb_typeof(circumstances)
      using
        errcode = 'BS102',
        hint = 'For example: select backstory.set_context(''{"userId": "ada"}'')';
  end if;
  ignored := set_config('backstory.user_id', coalesce(circumstances ->> 'userId', ''), true);
  circumstances := circumstances - 'userId';
  ignored := set_config('backstory.context', case when circumstances = '{}' then '' else circumstances::text end, true);
end
$function$;
