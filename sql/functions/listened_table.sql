-- The tracked table that a listener announces rows of, by its exact schema and name.
-- version: 1
--
-- Refuses one that listeners do not record: nobody would, or its trigger does already.
create or replace function backstory.listened_table(table_schema text, table_name text)
returns backstory.tracked
language plpgsql
stable
set search_path = ''
as $function$
declare
  t backstory.tracked;
begin
  select tr.*
  into t
  from backstory.tracked tr
  where
    tr.active
    and tr.table_schema = listened_table.table_schema
    and tr.table_name = listened_table.table_name;
  if t.id is null then
    raise exception 'Table %.% is not tracked, and a listener announces its rows.',
      quote_ident(table_schema), quote_ident(table_name)
      using
        errcode = 'BS111',
        hint = format(
          'select backstory.track(%L, ''{"capture": "listener"}'') in a migration; or take the mark off its model.',
          backstory.element_type_of(table_schema, table_name)
        );
  end if;
  if t.options ->> 'capture' is distinct from 'listener' then
    raise exception 'Table % is tracked by trigger, and a listener announces its rows: one of the two records it.', t.element_type
      using
        errcode = 'BS113',
        hint = 'Set the ORM''s extension to { capture: "trigger" }; or untrack the table and track it with {"capture": "listener"}.';
  end if;
  return t;
end
$function$;
