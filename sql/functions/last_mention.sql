-- The last entry before another one that says something of a path of an element: what set the value, or found it.
-- version: 1
create or replace function backstory.last_mention(
  t backstory.tracked,
  element_id text,
  entry_id bigint,
  path text[],
  out id bigint,
  out "timestamp" timestamptz
)
language sql
stable
set search_path = ''
as $function$
  select a.id, a."timestamp"
  from backstory.history_of(t.element_type, last_mention.element_id) h
  join public.audit_logs a on a.id = h.id
  where
    h.id < last_mention.entry_id
    and (h.action <> 'update' or backstory.differs_at(h.changes -> 'before', h.changes -> 'after', last_mention.path))
  order by h.id desc
  limit 1
$function$;
