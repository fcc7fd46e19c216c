-- Rows of a tracked table that have no entry, by their element ids in order: after `after_element_id`, at most `page_size`.
-- version: 1
--
-- None where they may be older than the tracking. With the caller's permissions.
create or replace function backstory.rows_without_entries(
  tracked_id integer,
  after_element_id text,
  page_size integer
)
returns setof text
language plpgsql
stable
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
set lc_monetary = 'C'
as $function$
declare
  t backstory.tracked;
  relation oid;
begin
  select tr.* into strict t from backstory.tracked tr where tr.id = rows_without_entries.tracked_id;
  relation := case when t.active then backstory.relation_of(t.function_name) end;
  if relation is null
    or not t.was_empty
    or 1 <> (select count(*) from backstory.schema_changes s where s.tracked_id = t.id and s.kind = 'tracked')
  then
    return;
  end if;
  return query execute format(
    'select e.element_id'
    ' from (select (%1$s) collate "C" as element_id from %2$s %3$s r) as e'
    ' where e.element_id > $1 and not exists ('
    '   select from public.audit_logs a'
    '   where a.element_id = e.element_id and a.element_type in (select n.name from backstory.names_of($2) n)'
    ' )'
    ' order by 1 limit $3',
    backstory.key_expression('r', t),
    case (select c.relkind from pg_class c where c.oid = relation) when 'p' then '' else 'only' end,
    relation::regclass
  )
  using after_element_id, t.element_type, page_size;
end
$function$;
