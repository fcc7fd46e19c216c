-- An entry id at which the log was about to reach a moment, by halving: the entries up to it are mostly older.
-- version: 1
--
-- Mostly, because clocks are set back and transactions overlap: backstory.window_of finds the entries that are not.
-- Some 20 looks into the primary key in a log of a million entries. Null where the log is empty.
create or replace function backstory.id_before(moment timestamptz)
returns bigint
language plpgsql
stable
strict
set search_path = ''
as $function$
declare
  low bigint;
  high bigint;
  middle bigint;
  found_id bigint;
  found_time timestamptz;
begin
  select min(a.id) - 1, max(a.id)
  into low, high
  from public.audit_logs a;
  while low < high loop
    middle := high - (high - low) / 2;
    select a.id, a."timestamp"
    into found_id, found_time
    from public.audit_logs a
    where a.id > low and a.id <= middle
    order by a.id desc
    limit 1;
    if found_id is null or found_time < moment then
      low := middle;
    else
      high := found_id - 1;
    end if;
  end loop;
  return low;
end
$function$;
