-- The rows of a group after a write, each beside its image of before: of rows that are announced by any columns.
-- version: 2
--
-- `kept` is {place: [image, …]}. Rows are paired by their key, so that one whose key was changed is two.
create or replace function backstory.compared_rows(
  t backstory.tracked,
  keys jsonb,
  places integer[],
  kept jsonb,
  may_insert boolean,
  out found_places integer[],
  out old_images jsonb[],
  out new_images jsonb[]
)
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
  names text[] := array(select jsonb_object_keys(keys -> 0));
  is_key boolean := names @> t.key_columns and names <@ t.key_columns;
begin
  execute format(
    $template$
with
before as materialized (
  select
    w.place,
    e.image,
    backstory.element_id_of(e.image, $4) as element_id,
    row_number() over () as number
  from unnest($2) as w (place)
  cross join jsonb_array_elements($3 -> w.place::text) as e (image)
),
after as (
  select s.place, s.image, backstory.element_id_of(s.image, $4) as element_id
  from (%s) as s
)
select
  array_agg(coalesce(b.place, a.place)) as found_places,
  array_agg(b.image) as old_images,
  array_agg(a.image) as new_images
from before b
full join after a on a.place = b.place and a.element_id = b.element_id$template$,
    concat_ws(
      ' union ',
      -- What was found by other columns than the key may have another value there now: it is looked for by its key. And
      -- what has that value now need not be new, unless an insert or an upsert says so.
      case when is_key or may_insert then backstory.announced_rows(t, names, 'after') end,
      case
        when not is_key then
          backstory.announced_rows(
            t,
            t.key_columns,
            'after_by_images',
            keys => '(select jsonb_agg(b.image order by b.number) from before b)',
            places => '(array(select b.place from before b order by b.number))'
          )
      end
    )
  )
  into found_places, old_images, new_images
  using keys, places, kept, t.key_columns;
end
$function$;
