-- Refuses a generated column that would tell what a redacted one holds.
-- version: 1
create or replace function backstory.refuse_disclosure(relation oid, element_type text, options jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $function$
declare
  teller record;
begin
  select g.attname as name, s.attname as secret
  into teller
  from pg_depend d
  left join pg_attrdef e on d.classid = 'pg_attrdef'::regclass and e.oid = d.objid
  join pg_attribute s on s.attrelid = relation and s.attnum = d.refobjsubid
  -- until PostgreSQL 14 the column itself depends, later its expression
  join pg_attribute g on g.attrelid = relation and g.attnum = coalesce(e.adnum, d.objsubid)
  where
    d.refclassid = 'pg_class'::regclass
    and d.refobjid = relation
    and (e.adrelid = relation or (d.classid = 'pg_class'::regclass and d.objid = relation))
    and g.attgenerated = 's'
    and g.attnum <> s.attnum
    and coalesce(options -> 'redact', '[]') ? s.attname
    and not coalesce(options -> 'redact', '[]') || coalesce(options -> 'ignore', '[]') ? g.attname
  limit 1;
  if found then
    raise exception 'Column "%" of % is generated from "%", which is redacted, and would tell what it holds.',
      teller.name, element_type, teller.secret
      using errcode = 'BS109', hint = format('Track the table so as to redact it too: {"redact": ["%s", "%s", …]}.', teller.secret, teller.name);
  end if;
end
$function$;
