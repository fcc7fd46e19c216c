-- Whether a table holds no row; false where the caller may not see all of them.
-- version: 1
create or replace function backstory.is_empty(relation oid)
returns boolean
language plpgsql
stable
set search_path = ''
as $function$
declare
  found_none boolean;
begin
  if not has_table_privilege(relation, 'select') or row_security_active(relation) then
    return false;
  end if;
  execute format(
    'select not exists (select from %s %s)',
    case (select c.relkind from pg_class c where c.oid = relation) when 'p' then '' else 'only' end,
    relation::regclass
  )
  into found_none;
  return found_none;
end
$function$;
