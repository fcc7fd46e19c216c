-- The tracked table of an entry, whatever it is called today: the id in backstory.tracked, null where none is known.
-- version: 1
--
-- A name that was free for another table after a rename belongs, in entries before it, to the renamed one.
create or replace function backstory.table_of_entry(element_type text, entry_id bigint)
returns integer
language sql
stable
set search_path = ''
as $function$
  select coalesce(
    (
      select s.tracked_id
      from backstory.schema_changes s
      where
        s.kind = 'table_renamed'
        and s.old_name = table_of_entry.element_type
        and s.id > table_of_entry.entry_id
      order by s.id
      limit 1
    ),
    (
      select t.id
      from backstory.tracked t
      where t.element_type = table_of_entry.element_type
      order by t.active desc, t.id desc
      limit 1
    )
  )
$function$;
