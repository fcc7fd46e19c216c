-- The setting that a photograph with a number is kept in: of a negative one, one of few, whose names a session never forgets.
-- version: 1
create or replace function backstory.photograph_setting(number integer)
returns text
language sql
immutable
as $function$
  select case
    when number % 1000 = -999 then 'backstory.photograph_of_' || -number
    when number < 0 then 'backstory.photograph_' || -(number % 1000)
    else 'backstory.photograph_' || number
  end
$function$;
