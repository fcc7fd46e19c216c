-- The names under which the log knows the elements of a type, each with the span of entry ids in which it was theirs.
-- version: 2
--
-- A table that was never renamed has one. The old name of a renamed table leads to it too, as long as no other tracked
-- table bears that name now. In PL/pgSQL, which keeps its plans: every question to the history begins with this one.
create or replace function backstory.names_of(element_type text)
returns table (tracked_id integer, name text, after_id bigint, until_id bigint)
language plpgsql
stable
set search_path = ''
as $function$
#variable_conflict use_column
begin
  select t.id
  into tracked_id
  from backstory.tracked t
  where t.element_type = names_of.element_type
  order by t.active desc, t.id desc
  limit 1;
  -- the usual case
  if found
    and not exists (
      select
      from backstory.schema_changes s
      where s.kind = 'table_renamed' and (s.tracked_id = names_of.tracked_id or s.old_name = names_of.element_type)
    )
  then
    name := element_type;
    after_id := 0;
    until_id := 9223372036854775807;
    return next;
    return;
  end if;
  return query
  with
  subject as (
    select found.id, found.element_type
    from (
      select t.id, t.element_type, 1 as preference, t.active, t.id as recency
      from backstory.tracked t
      where t.element_type = names_of.element_type
      union all
      select t.id, t.element_type, 2, t.active, s.id
      from backstory.schema_changes s
      join backstory.tracked t on t.id = s.tracked_id
      where s.kind = 'table_renamed' and s.old_name = names_of.element_type
    ) as found
    order by found.preference, found.active desc, found.recency desc
    limit 1
  ),
  renames as (
    select s.id, s.old_name, s.new_name
    from backstory.schema_changes s
    join subject on subject.id = s.tracked_id
    where s.kind = 'table_renamed'
  ),
  spans as (
    select
      subject.id as tracked_id,
      r.old_name as name,
      coalesce(lag(r.id) over (order by r.id), 0) as after_id,
      r.id as until_id
    from subject
    join renames r on true
    union all
    select subject.id, subject.element_type, coalesce((select max(r.id) from renames r), 0), 9223372036854775807
    from subject
  )
  select
    s.tracked_id,
    s.name,
    -- another table may have borne the name before
    greatest(
      s.after_id,
      coalesce(
        (
          select max(other.id)
          from backstory.schema_changes other
          where
            other.kind = 'table_renamed'
            and other.old_name = s.name
            and other.tracked_id <> s.tracked_id
            and other.id < s.until_id
        ),
        0
      )
    ),
    s.until_id
  from spans s
  union all
  select null, names_of.element_type, 0, 9223372036854775807
  where not exists (select from subject);
end
$function$;
