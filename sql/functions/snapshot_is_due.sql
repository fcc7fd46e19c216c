-- Whether the last `every` entries of an element are there, and none of them holds the whole row.
-- version: 1
--
-- For who has just written to the element, and so holds the lock on its row: nobody else writes its entries meanwhile.
-- Reads back to the last one that does, at the end of one stretch of an index. Entries under an earlier name of the table
-- do not count.
create or replace function backstory.snapshot_is_due(element_type text, element_id text, every integer)
returns boolean
language plpgsql
volatile
set search_path = ''
as $function$
begin
  return coalesce(
    (
      select reached.action not in ('insert', 'delete', 'snapshot')
      from (
        select a.action, row_number() over () as place
        from (
          select own.action
          from public.audit_logs own
          where own.element_id = snapshot_is_due.element_id and own.element_type = snapshot_is_due.element_type
          order by own.id desc
          limit every
        ) as a
      ) as reached
      where reached.place = every or reached.action in ('insert', 'delete', 'snapshot')
      limit 1
    ),
    false
  );
end
$function$;
