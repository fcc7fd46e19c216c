-- The row of an image, the inverse of backstory.image_of: what the image does not hold is null.
-- version: 1
--
-- `element` names the type: null::public.world_elements. Read under the settings that images are written under.
create or replace function backstory.row_of(element anyelement, image jsonb)
returns anyelement
language sql
stable
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set lc_monetary = 'C'
as $function$
  select jsonb_populate_record(element, image)
$function$;
