-- Every element of a type as it was right after the entry `moment`, in one statement over the log and the live rows.
-- version: 5
--
-- What backstory.state_after says of each, by the same rules, but for whole sets: the entries are read once to see how
-- far it is from each element's last whole image to the moment and from there to its next one (or the live row), and
-- the steps of the shorter way are then looked up. No more of the log is read than is needed to choose: of one that is
-- long before the moment and short after it, as much before as after, and the other way round where every element is
-- known from its insert on. Rows of elements that did not exist are left out.
--
-- In several statements, so that each can run in parallel: what the first one decides goes to the others as arrays, since
-- neither a common table expression nor a subquery that is asked for each row is read by a worker.
--
-- `is_known` is false where the state cannot be known, with a null id for elements that may have existed without a
-- trace. `overrides` {element id: entry id} moves the moment of single elements, see backstory.type_position_at. `scopes`
-- keeps the elements that belonged to one of them then; nulls in it mean nothing.
create or replace function backstory.states_of(
  element_type text,
  moment bigint,
  scopes jsonb default null,
  overrides jsonb default '{}'
)
returns table (element_id text, state jsonb, is_known boolean)
language plpgsql
stable
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
set lc_monetary = 'C'
set work_mem = '64MB'
-- to merge them, it would sort the whole rows
set enable_mergejoin = off
-- a BRIN would be asked for each id of a list
set enable_bitmapscan = off
-- compiling them takes longer than what they gain
set jit = off
-- switched off in between, and set here so that it is as it was afterwards
set parallel_leader_participation = on
-- what backstory.state_along asks would be planned anew for each element
set plan_cache_mode = force_generic_plan
as $function$
declare
  end_of_log constant bigint := 9223372036854775807;
  -- what a worker rebuilds before it asks for more
  images_at_once constant integer := 1000;
  t backstory.tracked;
  names text;
  renames jsonb;
  went record;
  newest bigint;
  low bigint := 0;
  high bigint := end_of_log;
  is_live boolean;
  is_from_start boolean;
  withheld text[];
  scope_column text;
  own_moment text;
  shown text;
  kept text;
  way text;
  base record;
  -- what was decided: images to go forward from, images to go backward from, elements whose live row is not their state,
  -- whether it leads there, and elements of which nothing is known
  start_ids bigint[];
  next_ids bigint[];
  moved_ids text[];
  moved_flags boolean[];
  unknown_ids text[];
begin
  select tr.*
  into t
  from backstory.tracked tr
  where tr.id = (select n.tracked_id from backstory.names_of(states_of.element_type) n limit 1);
  select string_agg(
    case
      when n.after_id = 0 and n.until_id = end_of_log then format('a.element_type = %L', n.name)
      else format('a.element_type = %L and a.id > %s and a.id <= %s', n.name, n.after_id, n.until_id)
    end,
    ' or '
  )
  into strict names
  from backstory.names_of(states_of.element_type) n;
  if t.id is null and not exists (select from public.audit_logs a where a.element_type = states_of.element_type) then
    raise exception '% is not tracked and never was.', states_of.element_type
      using errcode = 'BS111', hint = 'Give the name of a tracked table, of today or one that it had.';
  end if;
  renames := backstory.renames_of(t.id);
  scope_column := t.options ->> 'scope';
  if scopes is not null and scope_column is null then
    raise exception '% has no scope: it is tracked without the option.', states_of.element_type
      using errcode = 'BS120', hint = 'Track it with {"scope": "column"}, or leave the scope out.';
  end if;

  select
    min(s.id) filter (where s.kind = 'tracked') as began,
    max(s.id) filter (where s.kind = 'tracked' and s.id <= moment) as resumed_before,
    min(s.id) filter (where s.kind = 'tracked' and s.id > moment) as resumed_after,
    max(s.id) filter (where s.kind in ('column_added', 'column_retyped') and s.id <= moment) as changed_before,
    min(s.id) filter (where s.kind = 'column_retyped' and s.id > moment) as retyped_after
  into went
  from backstory.schema_changes s
  where s.tracked_id = t.id;
  is_live := coalesce(t.active, false) and went.resumed_after is null;
  -- then every element that existed at the moment has a whole image in the log before it
  is_from_start := coalesce(
    t.was_empty
      and went.resumed_before = went.began
      -- a partition may be attached with rows that nobody wrote
      and not exists (
        select
        from pg_partitioned_table p
        where p.partrelid = to_regclass(format('%I.%I', t.table_schema, t.table_name))
      ),
    false
  );
  if not is_live and not is_from_start then
    element_id := null;
    state := null;
    is_known := false;
    return next;
  end if;

  select coalesce(max(a.id), 0) into newest from public.audit_logs a;
  if is_live and went.retyped_after is null then
    low := greatest(moment - greatest(newest - moment, 0), 0);
  end if;
  if low = 0
    and moment < newest
    and is_from_start
    and coalesce(went.changed_before < went.resumed_before, true)
  then
    high := (select greatest(moment, max(o.value::bigint)) from jsonb_each_text(overrides) as o)
      + (moment - went.resumed_before);
  end if;
  if high >= newest then
    high := end_of_log;
  end if;

  -- what backstory.state_of_today leaves out
  withheld := array(
    select o.name
    from jsonb_array_elements_text(
      coalesce(t.options -> 'ignore', '[]') || coalesce(t.options -> 'redact', '[]')
    ) as o (name)
    union
    select a.attname::text
    from pg_attribute a
    where
      a.attrelid = to_regclass(format('%I.%I', t.table_schema, t.table_name))
      and a.attnum > 0
      and not a.attisdropped
      and not exists (select from jsonb_array_elements(t.columns) as c where c ->> 'name' = a.attname)
    union
    select jsonb_object_keys(
      backstory.translate_changes(
        jsonb_build_object('after', jsonb_build_object(added.new_name, true)), added.id, coalesce(renames, '[]')
      ) -> 'after'
    )
    from backstory.schema_changes added
    where added.tracked_id = t.id and added.kind = 'column_added' and added.id > moment
  );

  own_moment := case overrides
    when '{}' then moment::text
    else format('coalesce((%L::jsonb ->> a.element_id)::bigint, %s)', overrides, moment)
  end;
  execute format(
    $query$
with
found as (
  select
    a.element_id,
    %1$s as moment,
    max(a.id) filter (where a.id <= %1$s and a.action <> 'update') as start_id,
    max(a.id) filter (where a.id <= %1$s and a.action = 'delete') as start_delete,
    count(*) filter (where a.id <= %1$s) as entries_before,
    min(a.id) filter (where a.id > %1$s and a.action <> 'update') as next_id,
    min(a.id) filter (where a.id > %1$s and a.action = 'insert') as next_insert,
    min(a.id) filter (where a.id > %1$s) as first_after,
    count(*) filter (where a.id > %1$s) as entries_after
  from public.audit_logs a
  where
    (%2$s)
    and a.id > %3$s
    and a.id <= %4$s
    and a.action in ('update', 'insert', 'delete', 'snapshot')
  group by a.element_id, 2
),
possible as (
  select
    f.*,
    coalesce(f.start_id >= %5$s, false) as can_go_forward,
    coalesce(f.next_id < %6$s, %7$s) as can_go_backward,
    coalesce(f.start_id < %8$s, false) as changed_before,
    coalesce(%9$s < coalesce(f.next_id, %10$s), false) as changed_after
  from found f
  -- each is computed once, not in every expression that mentions it
  offset 0
),
directed as (
  select
    p.*,
    case
      when not p.can_go_forward and not p.can_go_backward then null
      when not p.can_go_forward or not p.can_go_backward then p.can_go_forward
      when p.changed_before or p.changed_after then not p.changed_before or p.changed_after
      -- one step to the image that comes next, none to the live row
      when p.first_after is null or p.first_after = p.next_id then false
      else p.entries_before <= p.entries_after
    end as is_forward
  from possible p
  offset 0
),
decided as (
  select
    d.*,
    case
      when d.is_forward is null then 'unknown'
      when d.is_forward then case when d.start_id = d.start_delete then 'none' else 'forward' end
      when d.next_id is not null then case when d.next_id = d.next_insert then 'none' else 'backward' end
      when d.first_after is not null then 'rewound'
      else 'live'
    end as way
  from directed d
  offset 0
)
select
  array_agg(d.start_id) filter (where d.way = 'forward'),
  array_agg(d.next_id) filter (where d.way = 'backward'),
  array_agg(d.element_id) filter (where d.way <> 'live'),
  array_agg(d.way = 'rewound') filter (where d.way <> 'live'),
  array_agg(d.element_id) filter (where d.way = 'unknown')
from decided d$query$,
    own_moment,
    names,
    low,
    high,
    coalesce(went.resumed_before, 0),
    coalesce(went.resumed_after, end_of_log),
    (is_live and high = end_of_log)::text,
    coalesce(went.changed_before, 0),
    coalesce(went.retyped_after, end_of_log),
    end_of_log
  )
  into start_ids, next_ids, moved_ids, moved_flags, unknown_ids;

  shown := case
    when went.resumed_before is null then format('backstory.state_of_today(%L::backstory.tracked, s.state, %s)', t, moment)
    when cardinality(withheld) = 0 then 's.state'
    else format('s.state - %L::text[]', withheld)
  end;
  -- in pieces that are joined and not formatted again: a scope may hold a percent sign
  shown := 'select s.element_id, ' || shown || ', true from (';
  kept := ' offset 0) as s where ' || case
    when scopes is null then 'true'
    else format(
      'exists (select from jsonb_array_elements_text(%L) as w (scope) where w.scope is not distinct from s.state ->> %L)',
      scopes, scope_column
    )
  end;
  select format('%L::text[], %L::bigint[], %L::bigint[], %L::jsonb, %L', array_agg(n.name), array_agg(n.after_id), array_agg(n.until_id), renames, backstory.document_column(t))
  into way
  from backstory.names_of(states_of.element_type) n;
  -- this process only fetches: while it rebuilt a thousand itself, the workers would wait for it
  perform set_config('parallel_leader_participation', 'off', true);
  for base in
    select i.ids, i.is_forward
    from (values (start_ids, true), (next_ids, false)) as i (ids, is_forward)
    where i.ids is not null
  loop
    -- called in the list of what is selected, because what a function in "from" gave is held until the end of the statement
    return query execute shown || 'select (p.along).element_id, (p.along).state from (' || (
      select string_agg(
        format(
          'select backstory.states_along(%L, %s, %L, %L, %s) as along',
          base.ids[piece : piece + images_at_once - 1], moment, overrides, base.is_forward, way
        ),
        ' union all '
      )
      from generate_series(1, cardinality(base.ids), images_at_once) as piece
    ) || ') as p' || kept;
  end loop;
  perform set_config('parallel_leader_participation', 'on', true);
  if is_live and high = end_of_log then
    return query execute shown || format(
      $query$
select
  a.element_id,
  case
    when m.is_rewound then backstory.state_along(to_jsonb(a.r), a.element_id, %s, %s)
    else to_jsonb(a.r)
  end as state
from (%s) as a
left join unnest($1, $2) as m (element_id, is_rewound) on m.element_id = a.element_id
where m.is_rewound is not false$query$,
      own_moment, way, backstory.live_rows(t)
    ) || kept
    using moved_ids, moved_flags;
    -- their rows went, and nobody saw them go
    return query execute format(
      $query$
select m.element_id, null::jsonb, false
from unnest($1, $2) as m (element_id, is_rewound)
where m.is_rewound and not exists (select from (%s) as l where l.element_id = m.element_id)$query$,
      backstory.live_rows(t)
    )
    using moved_ids, moved_flags;
  elsif t.active and not is_from_start then
    return query execute format(
      'select l.element_id, null::jsonb, false from (%s) as l where not exists (select from unnest($1) as m (element_id) where m.element_id = l.element_id)',
      backstory.live_rows(t)
    )
    using moved_ids;
  end if;
  return query
  select u.element_id, null::jsonb, false
  from unnest(unknown_ids) as u (element_id);
end
$function$;
