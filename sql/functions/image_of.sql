-- The image of a row, the same text whoever asks: to_jsonb under the pinned settings of output_settings.
-- version: 1
create or replace function backstory.image_of(element anyelement)
returns jsonb
language sql
stable
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
set lc_monetary = 'C'
as $function$
  select to_jsonb(element)
$function$;
