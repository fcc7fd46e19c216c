-- Every element of a type at a time or, where that is null, after an entry; a table that was not tracked is no error.
-- version: 1
--
-- Of one that was not, there is a row with a null id and a false `is_known`, unless it had no rows either: because it
-- was tracked from its beginning on, later, or is gone today.
create or replace function backstory.states_then(
  element_type text,
  "time" timestamptz,
  entry_id bigint,
  scopes jsonb
)
returns table (element_id text, state jsonb, is_known boolean)
language plpgsql
stable
set search_path = ''
as $function$
declare
  t backstory.tracked;
  watch text;
begin
  select tr.*
  into t
  from backstory.tracked tr
  where tr.id = (select n.tracked_id from backstory.names_of(states_then.element_type) n limit 1);
  select s.kind
  into watch
  from backstory.schema_changes s
  where
    s.tracked_id = t.id
    and s.kind in ('tracked', 'untracked')
    and case when "time" is null then s.id <= entry_id else s."timestamp" <= "time" end
  order by s.id desc
  limit 1;
  if watch = 'tracked' then
    return query
    select s.element_id, s.state, s.is_known
    from backstory.type_position_at(
      states_then.element_type, "time", entry_id
    ) p
    cross join lateral backstory.states_of(states_then.element_type, p.position_id, scopes, p.overrides) s;
  elsif (case
    when watch is null then not t.was_empty
    else t.active or to_regclass(format('%I.%I', t.table_schema, t.table_name)) is not null
  end) then
    is_known := false;
    return next;
  end if;
end
$function$;
