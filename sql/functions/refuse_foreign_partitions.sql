-- Refuses a partitioned table with a partition that is a foreign table.
-- version: 1
create or replace function backstory.refuse_foreign_partitions(relation oid, element_type text)
returns void
language plpgsql
stable
set search_path = ''
as $function$
declare
  foreign_part regclass := (
    select p.relid
    from pg_partition_tree(relation) p
    join pg_class c on c.oid = p.relid
    where c.relkind = 'f'
    limit 1
  );
begin
  if foreign_part is not null then
    raise exception 'Table % cannot be tracked: its partition % is a foreign table, and writes that reach it elsewhere fire no trigger here.',
      element_type, foreign_part
      using errcode = 'BS104', hint = 'Detach the partition, or track on the server that holds it.';
  end if;
end
$function$;
