-- The entries of a time as a span of ids and a few ids outside of it, so that pages in order of id are read by index.
-- version: 1
--
-- Exact: whatever the span, `strays` are the entries of that time that it leaves out. No row where there is nothing to
-- gain: without the index on (id, "timestamp"), or where clock and order disagree too often.
create or replace function backstory.window_of(since timestamptz, until timestamptz)
returns table (after_id bigint, until_id bigint, strays text)
language plpgsql
stable
set search_path = ''
as $function$
declare
  missed bigint[];
begin
  if to_regclass('public.audit_logs_time') is null then
    return;
  end if;
  after_id := backstory.id_before(since);
  until_id := backstory.id_before(until);
  if until_id = (select max(a.id) from public.audit_logs a) then
    -- what arrives from now on may belong to that time too
    until_id := null;
  end if;
  missed := array(select backstory.strays_of(since, until, after_id, until_id));
  if cardinality(missed) <= 1000 then
    strays := to_jsonb(missed)::text;
    return next;
  end if;
end
$function$;
