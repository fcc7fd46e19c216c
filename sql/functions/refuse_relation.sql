-- Refuses what cannot be tracked, and says why: a row trigger on it would miss writes, or make no sense.
-- version: 1
create or replace function backstory.refuse_relation(relation oid)
returns void
language plpgsql
stable
set search_path = ''
as $function$
declare
  c record;
  reason text;
  advice text;
begin
  select k.relkind, k.relpersistence, k.relispartition, k.relnamespace, n.nspname
  into strict c
  from pg_class k
  join pg_namespace n on n.oid = k.relnamespace
  where k.oid = relation;
  if c.relkind in ('v', 'm') then
    reason := 'it is a view';
    advice := 'Track the tables under it: writes through a view are writes to them.';
  elsif c.relkind = 'f' then
    reason := 'it is a foreign table, and writes that reach it elsewhere fire no trigger here';
    advice := 'Track it on the server that holds it.';
  elsif c.relpersistence = 't' then
    reason := 'it is a temporary table';
    advice := 'Track the table that its rows end in.';
  elsif c.relispartition then
    reason := 'it is a partition';
    advice := format('Track the partitioned table %s: it covers every partition.', pg_partition_root(relation)::regclass);
  elsif relation = 'public.audit_logs'::regclass
    or c.relnamespace = (select own.relnamespace from pg_class own where own.oid = 'backstory.tracked'::regclass)
  then
    reason := 'it is Backstory''s own';
    advice := 'The log is append-only and guards itself.';
  elsif c.nspname in ('pg_catalog', 'information_schema') then
    reason := 'it belongs to PostgreSQL';
    advice := null;
  end if;
  if reason is not null then
    raise exception 'Table % cannot be tracked: %.', relation::regclass, reason
      using errcode = 'BS104', hint = coalesce(advice, '');
  end if;
end
$function$;
