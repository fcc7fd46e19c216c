-- Finds the table that a person names: a plain name (in public), or schema.table with quotes where SQL needs them.
-- version: 1
--
-- A plain name is tried as it stands first ("Order Items", select), then as SQL would read it.
create or replace function backstory.find_table(name text)
returns oid
language plpgsql
stable
set search_path = ''
as $function$
declare
  parts text[];
  found_oid oid;
  elsewhere text;
begin
  select c.oid
  into found_oid
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relname = name and c.relkind not in ('i', 'I', 'S', 't', 'c');
  if found_oid is not null then
    return found_oid;
  end if;
  begin
    parts := parse_ident(name);
  exception
    when invalid_parameter_value then parts := array[name];
  end;
  if cardinality(parts) <= 2 then
    select c.oid
    into found_oid
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where
      n.nspname = case cardinality(parts) when 2 then parts[1] else 'public' end
      and c.relname = parts[cardinality(parts)]
      and c.relkind not in ('i', 'I', 'S', 't', 'c');
  end if;
  if found_oid is null then
    select string_agg(format('%I.%I', n.nspname, c.relname), ', ' order by n.nspname)
    into elsewhere
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relname in (name, parts[cardinality(parts)]) and c.relkind in ('r', 'p') and n.nspname !~ '^pg_';
    raise exception 'There is no table "%".', name
      using
        errcode = 'BS103',
        hint = case
          when elsewhere is null then 'A plain name means the schema public; write schema.table for any other.'
          else format('Did you mean %s?', elsewhere)
        end;
  end if;
  return found_oid;
end
$function$;
