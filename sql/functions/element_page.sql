-- The newest or oldest entries of an element, as texts: what an application asks of the log most often.
-- version: 1
--
-- In PL/pgSQL, which keeps its plans as long as the session lasts: planning the statement took longer than running it.
-- What it gives is made text inside, since a statement around it is planned anew each time. `beyond` is the id of an entry
-- where the page begins, and not among them.
create or replace function backstory.element_page(
  element_type text,
  element_id text,
  is_newest boolean,
  page_size bigint,
  beyond bigint
)
returns table (
  id text,
  entry_type text,
  scope text,
  user_id text,
  "timestamp" text,
  action text,
  changes text,
  transaction_id text,
  context text
)
language plpgsql
stable
set search_path = ''
-- the planner thinks too well of the BRIN of time, which is read whole, beside the index of elements
set enable_bitmapscan = off
as $function$
begin
  if is_newest then
    return query
    select
      a.id::text,
      a.element_type::text,
      a.scope,
      a.user_id,
      to_char(a."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      a.action::text,
      a.changes::text,
      a.transaction_id::text,
      a.context::text
    from public.audit_logs a
    where
      a.element_id = element_page.element_id
      and a.element_type = element_page.element_type
      and a.id < beyond
      and not exists (
        select
        from backstory.schema_changes s
        where s.kind = 'table_renamed' and element_page.element_type in (s.old_name, s.new_name)
      )
    order by a.id desc
    limit page_size;
  else
    return query
    select
      a.id::text,
      a.element_type::text,
      a.scope,
      a.user_id,
      to_char(a."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      a.action::text,
      a.changes::text,
      a.transaction_id::text,
      a.context::text
    from public.audit_logs a
    where
      a.element_id = element_page.element_id
      and a.element_type = element_page.element_type
      and a.id > beyond
      and not exists (
        select
        from backstory.schema_changes s
        where s.kind = 'table_renamed' and element_page.element_type in (s.old_name, s.new_name)
      )
    order by a.id
    limit page_size;
  end if;
  if found then
    return;
  end if;
  -- under every name that its table had
  return query
  select
    a.id::text,
    a.element_type::text,
    a.scope,
    a.user_id,
    to_char(a."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    a.action::text,
    a.changes::text,
    a.transaction_id::text,
    a.context::text
  from public.audit_logs a
  where
    a.id = any (
      array(
        select own.id
        from backstory.names_of(element_page.element_type) n
        cross join lateral (
          (
            select a.id
            from public.audit_logs a
            where
              is_newest
              and a.element_id = element_page.element_id
              and a.element_type = n.name
              and a.id > n.after_id
              and a.id <= n.until_id
              and a.id < beyond
            order by a.id desc
            limit page_size
          )
          union all
          (
            select a.id
            from public.audit_logs a
            where
              not is_newest
              and a.element_id = element_page.element_id
              and a.element_type = n.name
              and a.id > n.after_id
              and a.id <= n.until_id
              and a.id > beyond
            order by a.id
            limit page_size
          )
        ) as own
        order by case when is_newest then -own.id else own.id end
        limit page_size
      )
    )
  order by case when is_newest then -a.id else a.id end;
end
$function$;
