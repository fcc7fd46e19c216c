-- Refuses a table with a column whose type casts to json by a function of somebody else.
-- version: 1
--
-- to_jsonb calls such a function, and capture calls to_jsonb with the rights of the installation: the owner of a type
-- could have anything done by the role that installed Backstory.
create or replace function backstory.refuse_foreign_casts(relation oid, element_type text)
returns void
language plpgsql
stable
set search_path = ''
as $function$
declare
  danger record;
begin
  with recursive types as (
    select a.atttypid as oid
    from pg_attribute a
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
    union
    select inner_type.oid
    from types t
    join pg_type y on y.oid = t.oid
    cross join lateral (
      select y.typbasetype where y.typtype = 'd'
      union all
      select y.typelem where y.typcategory = 'A'
      union all
      select f.atttypid
      from pg_attribute f
      where y.typtype = 'c' and f.attrelid = y.typrelid and f.attnum > 0 and not f.attisdropped
    ) as inner_type (oid)
  )
  select format_type(t.oid, null) as type, p.oid::regprocedure as routine, owner.rolname as owner
  into danger
  from types t
  join pg_cast c on c.castsource = t.oid and c.casttarget = 'json'::regtype and c.castfunc <> 0
  join pg_proc p on p.oid = c.castfunc
  join pg_roles owner on owner.oid = p.proowner
  where not owner.rolsuper and owner.rolname <> current_user
  limit 1;
  if found then
    raise exception 'Table % cannot be tracked: its type % casts to json by %, which belongs to %, and capture would run it with the rights of %.',
      element_type, danger.type, danger.routine, danger.owner, current_user
      using errcode = 'BS104', hint = format('Drop the cast, or let %I own the function.', current_user);
  end if;
end
$function$;
