-- Follows every tracked table whose definition is not what is known of it. Returns how many there were.
-- version: 1
--
-- Called by the event trigger after each change of a definition, and by every installation. Where there are no event
-- triggers, call it at the end of a migration: select backstory.follow().
create or replace function backstory.follow()
returns integer
language plpgsql
security definer
set search_path = ''
as $function$
declare
  t record;
  followed integer := 0;
begin
  for t in
    select o.id from backstory.outdated_tables() as o (id)
  loop
    perform backstory.follow_table(t.id);
    followed := followed + 1;
  end loop;
  return followed;
end
$function$;
