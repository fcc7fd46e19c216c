-- The gaps in the histories of some elements of a tracked table: what an entry left and the next one, or the row, does not have.
-- version: 1
--
-- docs/reference/check.md says what is compared. `element_ids` is a JSON array of texts. `before_id` is null where the row of
-- now is compared, `after_id` where no entry comes before. With the caller's permissions, in the snapshot of the calling
-- statement, so that what is written meanwhile is no gap.
create or replace function backstory.check_elements(tracked_id integer, element_ids jsonb)
returns table (
  element_id text,
  kind text,
  path text[],
  logged jsonb,
  observed jsonb,
  after_id bigint,
  after_time timestamptz,
  before_id bigint,
  before_time timestamptz
)
language plpgsql
stable
set search_path = ''
as $function$
declare
  last_id constant bigint := 9223372036854775807;
  t backstory.tracked;
  relation oid;
  columns text[];
  must_begin boolean;
  e record;
  state jsonb;
  gone jsonb;
  come jsonb;
  difference jsonb;
begin
  select tr.* into strict t from backstory.tracked tr where tr.id = check_elements.tracked_id;
  relation := case when t.active then backstory.relation_of(t.function_name) end;
  columns := array(
    select c ->> 'name'
    from jsonb_array_elements(t.columns) as c
    where not coalesce(t.options -> 'ignore', '[]') || coalesce(t.options -> 'redact', '[]') ? (c ->> 'name')
  );
  -- then every element came into being under the eyes of the log
  must_begin := t.was_empty and 1 = (
    select count(*)
    from backstory.schema_changes s
    where s.tracked_id = t.id and s.kind = 'tracked'
  );

  for e in
    with
    wanted as materialized (
      select i.element_id collate "C" as element_id from jsonb_array_elements_text(element_ids) as i (element_id)
    ),
    renames as materialized (
      select backstory.renames_of(t.id) as list
    ),
    -- what happened to the table itself: after a time in which nobody looked, and of a column that is new, nothing is known
    turns as materialized (
      select
        s.id,
        s.kind,
        case
          when s.kind <> 'tracked' then array(
            select jsonb_object_keys(
              case when r.list is null then jsonb_build_object(s.new_name, true)
                else backstory.translate_changes(
                  jsonb_build_object('after', jsonb_build_object(s.new_name, true)), s.id, r.list
                ) -> 'after'
              end
            )
          )
        end as columns
      from backstory.schema_changes s
      cross join renames r
      where s.tracked_id = t.id and s.kind in ('tracked', 'column_added', 'column_retyped')
    ),
    steps as (
      select
        w.element_id,
        a.id,
        a.action::text,
        case when r.list is null then a.changes else backstory.translate_changes(a.changes, a.id, r.list) end as changes,
        a."timestamp"
      from wanted w
      cross join backstory.names_of(t.element_type) n
      cross join renames r
      join public.audit_logs a
        on a.element_id = w.element_id
        and a.element_type = n.name
        and a.id > n.after_id
        and a.id <= n.until_id
      where a.action in ('insert', 'update', 'delete', 'snapshot')
      union all
      select w.element_id, last_id, 'row', jsonb_build_object('after', backstory.checked_row(t, w.element_id)), statement_timestamp()
      from wanted w
      where relation is not null
    ),
    linked as (
      select
        s.*,
        lag(s.id) over history as previous_id,
        lag(s."timestamp") over history as previous_time
      from steps s
      window history as (partition by s.element_id order by s.id)
    )
    select
      l.element_id,
      l.id,
      l.action,
      l."timestamp",
      l.previous_id,
      l.previous_time,
      l.changes,
      exists (
        select from turns u where u.kind = 'tracked' and u.id > l.previous_id and u.id < l.id
      ) as is_unseen,
      array(
        select unnest(u.columns) from turns u where u.kind <> 'tracked' and u.id > l.previous_id and u.id < l.id
      ) as new_columns
    from linked l
    order by l.element_id, l.id
  loop
    element_id := e.element_id;
    path := '{}';
    before_id := nullif(e.id, last_id);
    before_time := e."timestamp";
    gone := backstory.columns_in(e.changes -> 'before', columns);
    come := backstory.columns_in(e.changes -> 'after', columns);
    if e.action in ('row', 'snapshot') then
      gone := come;
    end if;
    if (e.action in ('update', 'delete') and gone is null) or (e.action in ('update', 'insert', 'snapshot') and come is null) then
      kind := 'unreadable';
      logged := null;
      observed := e.changes;
      after_id := e.previous_id;
      after_time := e.previous_time;
      return next;
      continue;
    end if;

    -- of what was before, and of columns that are new, only what comes later tells
    if e.previous_id is null or e.is_unseen then
      state := case
        when e.action = 'update' then backstory.state_before(t, e.element_id, e.id, columns)
        when e.action <> 'insert' then gone
      end;
    elsif state is not null and cardinality(e.new_columns) > 0 then
      state := (state - e.new_columns) || backstory.columns_in(
        case e.action
          when 'update' then backstory.state_before(t, e.element_id, e.id, columns)
          else coalesce(gone, '{}')
        end,
        e.new_columns
      );
    end if;

    -- existence first, then what differs
    kind := case
      when e.previous_id is null and must_begin and e.action <> 'insert' and gone is not null then 'inserted'
      when e.action = 'insert' and state is not null then 'deleted'
      when e.action = 'row' and gone is null and state is not null then 'deleted'
      when e.action <> 'insert' and gone is not null and state is null then 'inserted'
    end;
    if kind is not null then
      logged := null;
      observed := null;
      if kind = 'deleted' then
        logged := state;
        state := null;
      else
        state := case e.action
          when 'update' then backstory.state_before(t, e.element_id, e.id, columns)
          else gone
        end;
        observed := state;
      end if;
      after_id := e.previous_id;
      after_time := e.previous_time;
      return next;
    elsif state is not null and gone is not null then
      difference := case e.action
        when 'update' then backstory.misfit(state, gone, come)
        else backstory.diff(state, gone)
      end;
      if difference is not null then
        kind := 'changed';
        for path, logged, observed, after_id, after_time in
          select l.path, l.before, l.after, m.id, m."timestamp"
          from backstory.leaves_of(difference) l
          cross join backstory.last_mention(t, e.element_id, e.id, l.path) m
        loop
          return next;
        end loop;
        state := backstory.apply(state, difference);
      end if;
    end if;

    case e.action
      when 'update' then state := backstory.apply(state, jsonb_build_object('before', gone, 'after', come));
      when 'delete' then state := null;
      when 'row' then null;
      else state := come;
    end case;
  end loop;
end
$function$;
