-- Writes the whole row of an element into the log where one is due: for the captures that work on images.
-- version: 1
--
-- Nobody's action: a snapshot changes nothing, and has neither actor nor context.
create or replace function backstory.insert_snapshot(t backstory.tracked, image jsonb, left_out text[])
returns void
language plpgsql
volatile
set search_path = ''
as $function$
declare
  id constant text := backstory.element_id_of(image, t.key_columns);
begin
  if backstory.snapshot_is_due(t.element_type, id, (t.options ->> 'snapshotEvery')::integer) then
    insert into public.audit_logs (element_type, element_id, scope, action, changes)
    values (
      t.element_type,
      id,
      image ->> (t.options ->> 'scope'),
      'snapshot',
      backstory.whole_image('after', image, t.options, left_out)
    );
  end if;
end
$function$;
