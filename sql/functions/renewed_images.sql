-- Images of a photograph, with what this transaction has recorded of their rows after an entry.
-- version: 1
--
-- So what a flush that overlaps with this one has written down is not written down again.
-- `images` is {place: [row, …]}, `groups` as for backstory.record_flush. What is redacted is in no entry, and stays as it was.
create or replace function backstory.renewed_images(groups jsonb, images jsonb, last_entry bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $function$
declare
  e record;
  known record;
begin
  for e in
    select l.element_id, l.action, l.changes, tr.key_columns, g.value as "group"
    from public.audit_logs l
    join backstory.tracked tr on tr.active and tr.element_type = l.element_type
    join jsonb_array_elements(groups) as g
      on g.value ->> 'schema' = tr.table_schema and g.value ->> 'table' = tr.table_name
    where
      l.id > last_entry
      and l.transaction_id = pg_current_xact_id_if_assigned()
      and l.action in ('insert', 'update', 'delete')
    order by l.id
  loop
    for known in
      select
        p.place,
        k.key,
        (
          select jsonb_agg(i.image order by i.number)
          from jsonb_array_elements(images -> p.place) with ordinality as i (image, number)
          where backstory.element_id_of(i.image, e.key_columns) <> e.element_id
        ) as others,
        (
          select i.image
          from jsonb_array_elements(images -> p.place) as i (image)
          where backstory.element_id_of(i.image, e.key_columns) = e.element_id
          limit 1
        ) as image
      from
        rows from (
          jsonb_array_elements_text(e."group" -> 'places'), jsonb_array_elements(e."group" -> 'keys')
        ) as k (place_text, key)
      cross join lateral (select k.place_text) as p (place)
    loop
      if known.image is null and e.action = 'insert'
        and not exists (
          select
          from jsonb_each_text(known.key) as c
          where c.value is distinct from e.changes -> 'after' ->> c.key
        )
      then
        known.image := '{}';
      end if;
      continue when known.image is null;
      images := images || jsonb_build_object(
        known.place,
        coalesce(known.others, '[]')
        || case e.action
          when 'delete' then '[]'
          when 'insert' then jsonb_build_array(known.image || (e.changes -> 'after'))
          else jsonb_build_array(backstory.apply(known.image, e.changes))
        end
      );
    end loop;
  end loop;
  return images;
end
$function$;
