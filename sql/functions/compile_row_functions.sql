-- Makes the functions for single rows of a table that listeners record, which is what most flushes write.
-- version: 1
--
-- A row is photographed as the text of a row, read back as one, and compared column by column by the very text that capture
-- functions have: half of what JSON images and their difference cost. `one_row` finds the row of `key`, `key_columns` are the
-- table's, `settings` what its images depend on.
--
-- - photograph_row locks the row of a group, and gives its place, '=', and its text; null for what is no one row by its key.
-- - record_row reads it again, and has the entry written, under the context that it is given. It runs, as photograph_row does,
--   with the caller's permissions. What it costs is the number of its expressions, as in a capture function.
-- - enter_row writes it, with the rights of the log's owner: see backstory.write_flush about whom it believes. No table's type
--   may be among its arguments, or the table could not be dropped; so it looks at their type before it looks into them.
-- - row_image gives the JSON image of a text, for a flush that turns out to be more than one row by its key.
create or replace function backstory.compile_row_functions(
  t backstory.tracked,
  relation oid,
  one_row text,
  settings text[]
)
returns void
language plpgsql
set search_path = ''
as $function$
declare
  log_owner regrole := (select c.relowner from pg_class c where c.oid = 'public.audit_logs'::regclass);
  row_type text := format('%I.%I', t.table_schema, t.table_name);
  -- an ISO time names its offset, whatever the zone
  row_settings text[] := array(
    select s from unnest(settings) as s where s in ('intervalstyle', 'extra_float_digits')
  ) || 'datestyle'::text;
  made record;
begin
  for made in
    select *
    from (
      values
        (
          'photograph_row',
          'g jsonb',
          'text',
          '',
          row_settings,
          format(
            $template$
#variable_conflict use_variable
declare
  key jsonb := g #> '{keys,0}';
  found_row %1$s;
begin
  if not key ?& %2$L or key - %2$L::text[] <> '{}' or g #> '{keys,1}' is not null or g -> 'mayInsert' <> 'false' then
    return null;
  end if;
  if g -> 'isDeleted' = 'true' then
    select r.* into found_row %3$s for update of r;
  else
    select r.* into found_row %3$s for no key update of r;
  end if;
  return concat(g #>> '{places,0}', '=', found_row::text);
end
$template$,
            row_type, t.key_columns, one_row
          )
        ),
        (
          'record_row',
          'g jsonb, kept text, user_id text, circumstances text',
          'boolean',
          '',
          row_settings,
          format(
            $template$
#variable_conflict use_variable
declare
  key jsonb := g #> '{keys,0}';
  old_row %1$s := nullif(right(kept, -strpos(kept, '=')), '')::%1$s;
  new_row %1$s;
  user_before text;
  circumstances_before text;
  ignored text;
begin
  if not key ?& %2$L
    or key - %2$L::text[] <> '{}'
    or g #> '{keys,1}' is not null
    or g -> 'isMoved' = 'true'
    or g #>> '{places,0}' <> split_part(kept, '=', 1)
  then
    return false;
  end if;
  select r.* into new_row %3$s;
  if not found and old_row is null then
    return true;
  end if;
  user_before := coalesce(current_setting('backstory.user_id', true), '');
  circumstances_before := coalesce(current_setting('backstory.context', true), '');
  if user_id <> user_before or circumstances <> circumstances_before then
    ignored := concat(
      set_config('backstory.user_id', user_id, true), set_config('backstory.context', circumstances, true)
    );
  end if;
  new_row := %4$s(old_row, new_row, case when not found then 'DELETE' when old_row is null then 'INSERT' else 'UPDATE' end);
  if user_id <> user_before or circumstances <> circumstances_before then
    ignored := concat(
      set_config('backstory.user_id', user_before, true), set_config('backstory.context', circumstances_before, true)
    );
  end if;
  return true;
end
$template$,
            row_type, t.key_columns, one_row, backstory.row_function('enter_row', t.table_schema, t.table_name)
          )
        ),
        (
          'row_image',
          'kept text',
          'jsonb',
          '',
          settings || row_settings,
          format(
            $template$
declare
  r %s;
begin
  r := kept::%s;
  return %s;
end
$template$,
            row_type, row_type, backstory.listened_image(relation, false)
          )
        ),
        (
          'enter_row',
          'old anyelement, new anyelement, tg_op text',
          'anyelement',
          E'\nsecurity definer',
          settings,
          format(
            $template$
declare
  -- of whoever calls: inside of this function current_user is its owner
  caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
begin
  if pg_typeof(new) <> %2$L::regtype then
    raise exception 'These are no rows of %%.', %1$L
      using errcode = 'BS120';
  end if;
  if not has_table_privilege(caller, %2$L, 'insert, update, delete')
    and not has_any_column_privilege(caller, %2$L, 'insert, update')
  then
    raise exception 'permission denied: %% may not write to %%, and so cannot say that somebody did', caller, %1$L
      using errcode = 'insufficient_privilege';
  end if;
  %3$s;
end
$template$,
            t.element_type,
            row_type,
            btrim(
              backstory.compiled_body(t, relation, (select s.context from backstory.settings s)),
              E' \n'
            )
          )
        )
    ) as v (what, arguments, result, rights, settings, body)
  loop
    execute format(
      E'create or replace function %s(%s)\nreturns %s\nlanguage plpgsql%s\n'
      'set search_path = ''''\nset plan_cache_mode = force_generic_plan%s\nas %L',
      backstory.row_function(made.what, t.table_schema, t.table_name),
      made.arguments, made.result, made.rights, backstory.output_settings(made.settings), made.body
    );
    -- so that whoever follows the table may replace it, whoever tracks
    execute format(
      'alter function %s owner to %s',
      backstory.row_function(made.what, t.table_schema, t.table_name),
      log_owner
    );
    execute format(
      'grant execute on function %s to public',
      backstory.row_function(made.what, t.table_schema, t.table_name)
    );
  end loop;
end
$function$;
