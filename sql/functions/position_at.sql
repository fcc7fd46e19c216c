-- The position in the log at a time, for backstory.state_after: what has a higher id came later.
-- version: 2
--
-- The last entry of the element or the last change of its table, whichever is later: an element that existed before it
-- was tracked may have no entry. An error where the table was not tracked at that time.
create or replace function backstory.position_at(element_type text, element_id text, moment timestamptz)
returns bigint
language plpgsql
stable
set search_path = ''
-- the planner thinks too well of the BRIN of time, which is read whole, beside the index of elements
set enable_bitmapscan = off
as $function$
declare
  subject integer := (select n.tracked_id from backstory.names_of(position_at.element_type) n limit 1);
  last_entry bigint;
  last_change bigint;
  watch record;
  since record;
begin
  select max(a.id)
  into last_entry
  from backstory.names_of(position_at.element_type) n
  join public.audit_logs a
    on a.element_id = position_at.element_id
    and a.element_type = n.name
    and a.id > n.after_id
    and a.id <= n.until_id
  where a."timestamp" <= moment;
  if subject is null then
    return coalesce(last_entry, 0);
  end if;

  select s.kind
  into watch
  from backstory.schema_changes s
  where s.tracked_id = subject and s.kind in ('tracked', 'untracked') and s."timestamp" <= moment
  order by s.id desc
  limit 1;
  if watch.kind is distinct from 'tracked' then
    select s.id, to_char(s."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text
    into since
    from backstory.schema_changes s
    where s.tracked_id = subject and s.kind = 'tracked' and s."timestamp" > moment
    order by s.id
    limit 1;
    -- a log that an earlier installation left tells as far as it reaches
    if watch.kind = 'untracked'
      or last_entry is null
      or coalesce((select a."timestamp" from public.audit_logs a where a.id < since.id order by a.id desc limit 1) <= moment, true)
    then
      raise exception 'What % % was at that time cannot be known: its table was not tracked then%.',
        position_at.element_type, position_at.element_id, coalesce(', but since ' || since.text, ' and is not tracked now')
        using errcode = 'BS112', hint = 'Ask for a time at which it was tracked.';
    end if;
  end if;
  select max(s.id)
  into last_change
  from backstory.schema_changes s
  where s.tracked_id = subject and s."timestamp" <= moment;
  return greatest(last_entry, last_change, 0);
end
$function$;
