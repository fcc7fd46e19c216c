-- The state of an element right after the entry `entry_id`, or after the last one of its own before that.
-- version: 3
--
-- The whole row in today's column names, without ignored and redacted columns; null where the element did not exist.
-- Forward from the last whole image (of an insert or a snapshot), or backward from the next one (of a deletion or a
-- snapshot) or the live row, whichever is shorter and leads over no time in which the table was not tracked. Reads the
-- live table with the caller's permissions. backstory.states_of says the same of a whole type.
create or replace function backstory.state_after(element_type text, element_id text, entry_id bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
-- the planner thinks too well of the BRIN of time, which is read whole, beside the index of elements
set enable_bitmapscan = off
as $function$
declare
  end_of_log constant bigint := 9223372036854775807;
  t backstory.tracked;
  subject integer;
  -- the names of its type, each with the ids in which it was, see backstory.names_of
  names text[];
  from_ids bigint[];
  to_ids bigint[];
  renames jsonb;
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
  low bigint;
  high bigint;
  document text;
  steps jsonb[];
  state jsonb;
begin
  select min(n.tracked_id), array_agg(n.name), array_agg(n.after_id + 1), array_agg(n.until_id)
  into subject, names, from_ids, to_ids
  from backstory.names_of(state_after.element_type) n;
  select tr.* into t from backstory.tracked tr where tr.id = subject;

  select own.id, own.action
  into start_entry
  from unnest(names, from_ids, to_ids) as n (name, from_id, to_id)
  cross join lateral (
    select a.id, a.action
    from public.audit_logs a
    where
      a.element_id = state_after.element_id
      and a.element_type = n.name
      and a.id between n.from_id and least(n.to_id, entry_id)
      and a.action in ('insert', 'delete', 'snapshot')
    order by a.id desc
    limit 1
  ) as own
  order by own.id desc
  limit 1;
  select own.id, own.action
  into next_entry
  from unnest(names, from_ids, to_ids) as n (name, from_id, to_id)
  cross join lateral (
    select a.id, a.action
    from public.audit_logs a
    where
      a.element_id = state_after.element_id
      and a.element_type = n.name
      and a.id between n.from_id and n.to_id
      and a.id > entry_id
      and a.action in ('insert', 'delete', 'snapshot')
    order by a.id
    limit 1
  ) as own
  order by own.id
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
      and s.id < coalesce(next_entry.id, end_of_log);
    if changed_before or changed_after then
      can_go_forward := not changed_before or changed_after;
    else
      select
        count(*) filter (where a.id <= entry_id),
        count(*) filter (where a.id > entry_id)
      into steps_forward, steps_backward
      from unnest(names, from_ids, to_ids) as n (name, from_id, to_id)
      join public.audit_logs a
        on a.element_id = state_after.element_id
        and a.element_type = n.name
        and a.id between greatest(n.from_id, start_entry.id) and least(n.to_id, next_entry.id, end_of_log);
      can_go_forward := steps_forward <= steps_backward + 1;
    end if;
  end if;

  if can_go_forward then
    if start_entry.action = 'delete' then
      return null;
    end if;
    low := start_entry.id;
    high := entry_id;
  else
    if next_entry.action = 'insert' then
      return null;
    end if;
    low := least(entry_id, end_of_log - 1) + 1;
    high := coalesce(next_entry.id, end_of_log);
    if next_entry.id is null then
      state := backstory.live_row(t, state_after.element_id);
      -- types take more than one text for a value (007, upper case in a uuid); an element has one id
      if backstory.element_id_of(state, t.key_columns) <> state_after.element_id then
        state := null;
      end if;
    end if;
  end if;
  renames := backstory.renames_of(t.id);
  document := backstory.document_column(t);
  steps := array(
    select
      case
        when renames is null then a.changes
        else backstory.translate_changes(a.changes, a.id, renames)
      end
    from unnest(names, from_ids, to_ids) as n (name, from_id, to_id)
    join public.audit_logs a
      on a.element_id = state_after.element_id
      and a.element_type = n.name
      and a.id between greatest(n.from_id, low) and least(n.to_id, high)
    where a.action in ('insert', 'update', 'delete', 'snapshot')
    order by case when can_go_forward then a.id else -a.id end
  );
  if cardinality(steps) > 0 then
    state := case
      when can_go_forward then backstory.fold_steps(null, steps, 'before', 'after', document)
      else backstory.fold_steps(state, steps, 'after', 'before', document)
    end;
  end if;
  return backstory.state_of_today(t, state, entry_id);
end
$function$;
