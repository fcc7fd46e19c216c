-- The state that an update found an element in, for a check: rewound from its next deletion, or from the row of now.
-- version: 1
--
-- Where entries between do not fit, as they say. Where there is neither a deletion nor a row, what the entries mention.
create or replace function backstory.state_before(
  t backstory.tracked,
  element_id text,
  entry_id bigint,
  columns text[]
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $function$
declare
  ended record;
  h record;
  state jsonb;
  gone jsonb;
  come jsonb;
  difference jsonb;
begin
  select e.id, e.action, e.changes
  into ended
  from backstory.history_of(t.element_type, state_before.element_id) e
  where e.id > entry_id and e.action <> 'update'
  order by e.id
  limit 1;
  state := backstory.columns_in(
    case
      when ended.action = 'delete' then ended.changes -> 'before'
      when ended.action = 'snapshot' then ended.changes -> 'after'
      when ended.action is null and t.active then backstory.checked_row(t, element_id)
    end,
    columns
  );
  state := coalesce(state, '{}');
  for h in
    select e.changes
    from backstory.history_of(t.element_type, state_before.element_id) e
    where e.id >= entry_id and e.id < coalesce(ended.id, 9223372036854775807)
    order by e.id desc
  loop
    gone := backstory.columns_in(h.changes -> 'after', columns);
    come := backstory.columns_in(h.changes -> 'before', columns);
    continue when gone is null or come is null;
    difference := backstory.misfit(state, gone, come);
    if difference is not null then
      state := backstory.apply(state, difference);
    end if;
    state := backstory.apply(state, jsonb_build_object('before', gone, 'after', come));
  end loop;
  return state;
end
$function$;
