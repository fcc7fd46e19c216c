-- Who last set each leaf of an element's state right after the entry `entry_id`: one row a leaf, by JSON Pointer.
-- version: 1
--
-- `changes` hold every leaf that an entry set under the leaf's own path, so that the last entry with a path is the one
-- to blame; an object that lost its last key is a leaf again, and its entry has the same empty object. Where that entry
-- set another value, the leaf got its own without an entry (by a new type, or past the capture), and nobody is blamed;
-- nor for what was set before a time in which nobody looked at the table or the column, as before tracking began.
create or replace function backstory.blame(element_type text, element_id text, entry_id bigint)
returns table (
  path text,
  value jsonb,
  id bigint,
  user_id text,
  "timestamp" timestamptz,
  action text
)
language sql
stable
set search_path = ''
as $function$
  with recursive
  history as materialized (
    select h.id, h.action, h.changes -> 'after' as after
    from backstory.history_of(blame.element_type, blame.element_id) h
    where h.id <= blame.entry_id and h.action in ('insert', 'update')
  ),
  subject as materialized (
    select n.tracked_id as id from backstory.names_of(blame.element_type) n limit 1
  ),
  known as materialized (
    select
      greatest(
        (select max(h.id) from history h where h.action = 'insert'),
        (
          select max(s.id)
          from backstory.schema_changes s
          where
            s.kind = 'tracked'
            and s.id <= blame.entry_id
            and s.tracked_id = (select j.id from subject j)
        ),
        0
      ) as since
  ),
  -- under the names of today, as pointers
  new_columns as materialized (
    select '/' || replace(replace(named.name, '~', '~0'), '/', '~1') as path, max(s.id) as since
    from subject j
    join backstory.schema_changes s on s.tracked_id = j.id
    cross join jsonb_object_keys(
      backstory.translate_changes(
        jsonb_build_object('after', jsonb_build_object(s.new_name, true)),
        s.id,
        coalesce(backstory.renames_of(j.id), '[]')
      ) -> 'after'
    ) as named (name)
    where s.kind = 'column_added' and s.id <= blame.entry_id
    group by named.name
  ),
  places (id, path, value) as (
    select h.id, '', h.after
    from history h, known k
    where h.id >= k.since and h.after is not null
    union all
    select null, '', backstory.state_after(blame.element_type, blame.element_id, blame.entry_id)
    union all
    select p.id, p.path || '/' || replace(replace(member.key, '~', '~0'), '/', '~1'), member.value
    from places p,
      jsonb_each(case jsonb_typeof(p.value) when 'object' then p.value else '{}' end) as member
  ),
  leaves as (
    select p.id, p.path, p.value
    from places p
    where p.path <> '' and (jsonb_typeof(p.value) <> 'object' or p.value = '{}')
  ),
  last_set as (
    select distinct on (l.path) l.path, l.id, l.value
    from leaves l
    where
      l.id is not null
      and not exists (
        select
        from new_columns c
        where c.since > l.id and (l.path = c.path or starts_with(l.path, c.path || '/'))
      )
    order by l.path, l.id desc
  )
  select l.path, l.value, a.id, a.user_id, a."timestamp", a.action::text
  from leaves l
  left join last_set s on s.path = l.path and s.value::text = l.value::text
  left join public.audit_logs a on a.id = s.id
  where l.id is null
  order by l.path collate "C"
$function$;
