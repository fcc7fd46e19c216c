-- Locks rows that listeners announce by any columns, and gives their images as the insides of a JSON object, place: [row, …].
-- version: 1
create or replace function backstory.photographed_rows(t backstory.tracked, keys jsonb, places integer[], lock text)
returns text
language plpgsql
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
set lc_monetary = 'C'
as $function$
declare
  images text;
begin
  execute format(
    'select string_agg(''"'' || g.place || ''":['' || g.images || '']'', '','')'
    ' from (select s.place, string_agg(s.image, '','') as images from (%s) as s group by s.place) as g',
    backstory.announced_rows(t, array(select jsonb_object_keys(keys -> 0)), 'before', lock)
  )
  into images
  using keys, places;
  return images;
end
$function$;
