-- The state of an element right after the entry `entry_id`, or after the last one of its own before that.
-- version: 1
--
-- The whole row in today's column names, without ignored and redacted columns; null where the element did not exist.
-- Forward from the last insert or snapshot, or backward from the next deletion or the live row, whichever is shorter
-- and leads over no time in which the table was not tracked. Reads the live table with the caller's permissions.
create or replace function backstory.state_after(element_type text, element_id text, entry_id bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
as $function$
declare
  t backstory.tracked;
  start_entry record;
  next_entry record;
  resumed_before bigint;
  resumed_after bigint;
  can_go_forward boolean;
  can_go_backward boolean;
  changed_before boolean;
  changed_after boolean;
  steps_forward bigint;
  steps_backward bigint;
  state jsonb;
begin
  select tr.*
  into t
  from backstory.tracked tr
  where tr.id = (select n.tracked_id from backstory.names_of(state_after.element_type) n limit 1);

  select h.id, h.action
  into start_entry
  from backstory.history_of(state_after.element_type, state_after.element_id) h
  where h.id <= entry_id and h.action <> 'update'
  order by h.id desc
  limit 1;
  select h.id, h.action
  into next_entry
  from backstory.history_of(state_after.element_type, state_after.element_id) h
  where h.id > entry_id and h.action in ('insert', 'delete')
  order by h.id
  limit 1;

  -- each "tracked" but the one in front of the first entry ends a time in which nobody looked
  select max(s.id) filter (where s.id <= entry_id), min(s.id) filter (where s.id > entry_id)
  into resumed_before, resumed_after
  from backstory.schema_changes s
  where s.tracked_id = t.id and s.kind = 'tracked';

  can_go_forward := start_entry.id is not null and coalesce(resumed_before <= start_entry.id, true);
  can_go_backward := coalesce(resumed_after > next_entry.id, resumed_after is null)
    and (next_entry.id is not null or coalesce(t.active, false));
  if not can_go_forward and not can_go_backward then
    raise exception 'The state of % % after entry % cannot be known: the table was not tracked all the time between then and what is known of it.',
      state_after.element_type, state_after.element_id, entry_id
      using errcode = 'BS112', hint = 'Ask for a moment after tracking began, or was taken up again.';
  end if;

  if can_go_forward and can_go_backward then
    -- neither a new column nor another type writes entries, though both change rows: the way that leads over none
    select
      coalesce(bool_or(s.id > start_entry.id and s.id <= entry_id), false),
      coalesce(bool_or(s.id > entry_id and s.kind = 'column_retyped'), false)
    into changed_before, changed_after
    from backstory.schema_changes s
    where
      s.tracked_id = t.id
      and s.kind in ('column_added', 'column_retyped')
      and s.id < coalesce(next_entry.id, 9223372036854775807);
    if changed_before or changed_after then
      can_go_forward := not changed_before or changed_after;
    else
      select count(*) filter (where h.id <= entry_id), count(*) filter (where h.id > entry_id)
      into steps_forward, steps_backward
      from backstory.history_of(state_after.element_type, state_after.element_id) h
      where h.id >= start_entry.id and h.id < coalesce(next_entry.id, 9223372036854775807);
      can_go_forward := steps_forward <= steps_backward + 1;
    end if;
  end if;

  if can_go_forward then
    if start_entry.action <> 'delete' then
      select backstory.apply_all(h.changes order by h.id)
      into state
      from backstory.history_of(state_after.element_type, state_after.element_id) h
      where h.id >= start_entry.id and h.id <= entry_id;
    end if;
  elsif next_entry.action is distinct from 'insert' then
    if next_entry.action = 'delete' then
      select h.changes -> 'before'
      into state
      from backstory.history_of(state_after.element_type, state_after.element_id) h
      where h.id = next_entry.id;
    else
      state := backstory.live_row(t, state_after.element_id);
    end if;
    select coalesce(backstory.rewind_all(state, h.changes order by h.id desc), state)
    into state
    from backstory.history_of(state_after.element_type, state_after.element_id) h
    where h.id > entry_id and h.id < coalesce(next_entry.id, 9223372036854775807);
  end if;
  return backstory.state_of_today(t, state, entry_id);
end
$function$;
