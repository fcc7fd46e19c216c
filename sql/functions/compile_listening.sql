-- Makes the functions that read the rows of a table that is tracked by listener, for exactly its key and name of now.
-- version: 1
--
-- Their statements are planned once a session; backstory.announced_rows has the same ones composed, and planned, at every
-- flush: for rows that are announced by other columns, and where no event trigger makes the functions anew. They read with
-- the caller's permissions, and with the output settings of backstory.photograph and backstory.record_flush, which call them.
create or replace function backstory.compile_listening(t backstory.tracked)
returns void
language plpgsql
set search_path = ''
as $function$
declare
  log_owner regrole := (select c.relowner from pg_class c where c.oid = 'public.audit_logs'::regclass);
  routine record;
begin
  if (select s.capture from backstory.settings s) <> 'compiled' then
    perform backstory.drop_listening(t.id);
    return;
  end if;
  for routine in
    select *
    from (
      values
        (
          format('listened_%s_before', t.id),
          '(keys jsonb, places integer[], is_deleted boolean)',
          'text',
          format(
            E'\nbegin\n  if is_deleted then\n    return (%s);\n  end if;\n  return (%s);\nend\n',
            backstory.photographing(t, t.key_columns, 'update'),
            backstory.photographing(t, t.key_columns, 'no key update')
          )
        ),
        (
          format('listened_%s_after', t.id),
          '(keys jsonb, places integer[], out found_places integer[], out images jsonb[])',
          'record',
          format(
            E'\nbegin\n  select array_agg(s.place), array_agg(s.image)\n  into found_places, images\n  from (%s) as s;\nend\n',
            backstory.announced_rows(t, t.key_columns, '')
          )
        )
    ) as v (name, arguments, result, body)
  loop
    execute format(
      E'create or replace function backstory.%I%s\nreturns %s\nlanguage plpgsql\nset search_path = \'\'\nset plan_cache_mode = force_generic_plan\nas %L',
      routine.name, routine.arguments, routine.result, routine.body
    );
    -- so that who follows the table may replace it, whoever tracks
    execute format('alter function backstory.%I owner to %s', routine.name, log_owner);
    execute format('grant execute on function backstory.%I to public', routine.name);
  end loop;
end
$function$;
