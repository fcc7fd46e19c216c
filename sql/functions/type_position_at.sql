-- The position in the log at a time or, where that is null, after an entry, for backstory.states_of.
-- version: 2
--
-- What has a higher id came later. Where clock and order disagree, `overrides` {element id: entry id} says so of single elements: theirs is the last of
-- their entries of that time or before, as in backstory.position_at. An error where the table was not tracked then.
create or replace function backstory.type_position_at(element_type text, moment timestamptz, entry_id bigint)
returns table (position_id bigint, overrides jsonb)
language plpgsql
stable
set search_path = ''
as $function$
declare
  -- the first moment that is later
  later constant timestamptz := moment + interval '1 microsecond';
  subject integer := (select n.tracked_id from backstory.names_of(type_position_at.element_type) n limit 1);
  went record;
  watch text;
  since record;
  span record;
  early bigint[];
begin
  if moment is null then
    position_id := entry_id;
    overrides := '{}';
    return next;
    return;
  end if;
  select s.kind
  into watch
  from backstory.schema_changes s
  where s.tracked_id = subject and s.kind in ('tracked', 'untracked') and s."timestamp" <= moment
  order by s.id desc
  limit 1;
  if watch is distinct from 'tracked' then
    select s.id, to_char(s."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text
    into since
    from backstory.schema_changes s
    where s.tracked_id = subject and s.kind = 'tracked' and s."timestamp" > moment
    order by s.id
    limit 1;
    -- a log that an earlier installation left tells as far as it reaches
    if watch = 'untracked'
      or coalesce((select a."timestamp" from public.audit_logs a where a.id < since.id order by a.id desc limit 1) <= moment, true)
      or not exists (
        select
        from backstory.names_of(type_position_at.element_type) n
        join public.audit_logs a on a.element_type = n.name and a.id > n.after_id and a.id <= n.until_id
        where a."timestamp" <= moment
      )
    then
      raise exception 'What there was of % at that time cannot be known: it was not tracked then%.',
        type_position_at.element_type, coalesce(', but since ' || since.text, ' and is not tracked now')
        using errcode = 'BS112', hint = 'Ask for a time at which it was tracked.';
    end if;
  end if;

  select
    max(s.id) filter (where s."timestamp" <= moment) as last_change,
    min(s.id) filter (where s."timestamp" > moment) as next_change
  into went
  from backstory.schema_changes s
  where s.tracked_id = subject;
  select w.after_id, w.strays into span from backstory.window_of(later, null) w;
  position_id := case
    when span.after_id is null then
      coalesce(
        (select min(a.id) - 1 from public.audit_logs a where a."timestamp" > moment),
        (select max(a.id) from public.audit_logs a)
      )
    else least(
      span.after_id,
      (select min(stray.id::bigint) - 1 from jsonb_array_elements_text(span.strays::jsonb) as stray (id))
    )
  end;
  position_id := greatest(least(coalesce(position_id, 0), went.next_change - 1), went.last_change);
  if to_regclass('public.audit_logs_time') is not null then
    early := array(select backstory.strays_of(null, later, null, position_id));
  end if;
  if cardinality(early) between 1 and 1000 then
    select jsonb_object_agg(own.element_id, own.last_id)
    into overrides
    from (
      select a.element_id, max(a.id) as last_id
      from backstory.names_of(type_position_at.element_type) n
      join public.audit_logs a on a.element_type = n.name and a.id > n.after_id and a.id <= n.until_id
      where a.id = any (early) and a.id > position_id and a."timestamp" <= moment
      group by a.element_id
    ) as own;
  elsif early is null or cardinality(early) > 1000 then
    -- one by one
    select jsonb_object_agg(own.element_id, own.last_id)
    into overrides
    from (
      select a.element_id, max(a.id) as last_id
      from backstory.names_of(type_position_at.element_type) n
      join public.audit_logs a on a.element_type = n.name and a.id > n.after_id and a.id <= n.until_id
      where a.id > position_id and a."timestamp" <= moment
      group by a.element_id
    ) as own;
  end if;
  overrides := coalesce(overrides, '{}');
  return next;
end
$function$;
