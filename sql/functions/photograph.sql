-- Locks the rows that a flush is about to change, as its writes will, and keeps their images until it is recorded.
-- version: 12
--
-- `groups` is [{"schema", "table", "isDeleted", "mayInsert", "keys": [{column: value}, …], "places": [n, …]}]: rows of one
-- table by the same columns, with the place of each key among the changes of the flush; "mayInsert" of an upsert, whose row
-- need not be there. Returns the number of the photograph, for backstory.record_flush: the one that is given, by a caller who
-- does not wait for the answer, and does not give one twice that a savepoint may bring back; or a negative one, which is the first
-- setting that is free, and a time: what takes the place of one that went with a savepoint is not taken for it.
-- With the caller's permissions.
-- The images, {place: [row, …]}, stay in a setting of this transaction: none travels, and what is rolled back, to a
-- savepoint too, takes its photograph along. With `keeps_groups` the groups do so too, in a line before them, for a caller who
-- does not know them. Rows of one group are kept as photograph_row gives them, where that is made for their table.
-- Where others are open, the last entry is kept in front of it: what is written of its rows until it is recorded is not to be written
-- again. The setting photographs_overlap says that of the others.
-- `user_id` and `circumstances` as carry_context takes them, which is what it does with them; null leaves what is in force.
create or replace function backstory.photograph(
  groups jsonb,
  user_id text default null,
  circumstances text default null,
  number integer default null,
  keeps_groups boolean default false
)
returns integer
language plpgsql
set search_path = ''
as $function$
declare
  whole text;
  maker text;
  slot integer := 0;
  setting text := 'backstory.photograph_' || number;
  last_entry text;
  ignored text;
begin
  if user_id is not null then
    ignored := concat(
      set_config('backstory.user_id', user_id, true), set_config('backstory.context', circumstances, true)
    );
  end if;
  if jsonb_array_length(groups) = 1 then
    maker := to_regproc(backstory.row_function('photograph_row', groups #>> '{0,schema}', groups #>> '{0,table}'));
    if maker is not null then
      execute format('select %s($1)', maker) into whole using groups -> 0;
    end if;
  end if;
  if whole is null then
    whole := concat('{', backstory.photographed_groups(groups), '}');
  end if;
  if number is null then
    while slot < 999 and coalesce(current_setting('backstory.photograph_' || slot, true), '') <> '' loop
      slot := slot + 1;
    end loop;
    loop
      number := -1000 * (1 + (extract(epoch from clock_timestamp()) * 1000000)::bigint % 2000000) - slot;
      setting := backstory.photograph_setting(number);
      exit when coalesce(current_setting(setting, true), '') = '';
    end loop;
  end if;
  if keeps_groups then
    whole := concat(groups, E'\n', whole);
  end if;
  last_entry := coalesce(current_setting('backstory.photographs_overlap', true), '');
  -- a client counts from 1,000
  if last_entry <> '' or slot > 0 or number > 1000 then
    if last_entry = '' then
      ignored := set_config('backstory.photographs_overlap', backstory.last_entry()::text, true);
    end if;
    last_entry := backstory.last_entry()::text;
  end if;
  if number < 0 or last_entry <> '' then
    whole := concat('@', number, ' ', last_entry, E'\n', whole);
  end if;
  ignored := set_config(setting, whole, true);
  return number;
end
$function$;
