-- Event trigger function: lets capture follow a change of definition in the statement that makes it.
-- version: 1
create or replace function backstory.follow_ddl()
returns event_trigger
language plpgsql
security definer
set search_path = ''
as $function$
declare
  ignored text;
begin
  -- tells enable_following that event triggers fire here
  ignored := set_config('backstory.following', 'yes', true);
  perform backstory.follow();
  perform backstory.refuse_untracked_children();
end
$function$;
