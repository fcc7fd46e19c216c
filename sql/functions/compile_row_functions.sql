-- Makes the functions for the rows of one group of a table that listeners record, which is what most flushes write.
-- version: 4
--
-- A row is photographed as the text of a row, read back as one, and compared column by column by the very text that capture
-- functions have: half of what JSON images and their difference cost for one row, two thirds for many. `one_row` finds the row of
-- `key`, `key_columns` are the table's, `settings` what its images depend on.
--
-- - photograph_row locks the rows of a group, and gives, of one, its place, '=', and its text; of several '=' and {place: text};
--   null for what are no rows by their key, or may not be there.
-- - record_row reads them again, and has their entries written, under the context that it is given. It runs, as photograph_row
--   does, with the caller's permissions. What it costs for one row is the number of its expressions, as in a capture function.
--   It gives false, and has done nothing, for what was photographed otherwise, or announces a row twice.
-- - enter_row writes one, with the rights of the log's owner: see backstory.write_flush about whom it believes. No table's type
--   may be among its arguments, or the table could not be dropped; so it looks at their type before it looks into them.
-- - row_image gives the JSON image of a text, for a flush that turns out to be more than rows of one group.
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
  definitions text;
  key_values text;
  made record;
begin
  select
    string_agg(format('%I %s', a.attname, format_type(a.atttypid, -1)), ', ' order by k.place),
    string_agg(format('k.%I', a.attname), ', ' order by k.place)
  into definitions, key_values
  from unnest(t.key_columns) with ordinality as k (name, place)
  join pg_attribute a on a.attrelid = relation and a.attname = k.name;
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
  places integer[];
  found_row %1$s;
  texts text;
begin
  if not key ?& %2$L or key - %2$L::text[] <> '{}' or g -> 'mayInsert' <> 'false' then
    return null;
  end if;
  if g #> '{keys,1}' is null then
    if g -> 'isDeleted' = 'true' then
      select r.* into found_row %3$s for update of r;
    else
      select r.* into found_row %3$s for no key update of r;
    end if;
    return concat(g #>> '{places,0}', '=', found_row::text);
  end if;
  places := translate(g ->> 'places', '[]', '{}');
  if g -> 'isDeleted' = 'true' then
    select json_object_agg(s.place, s.image) into texts from (%4$s) as s;
  else
    select json_object_agg(s.place, s.image) into texts from (%5$s) as s;
  end if;
  return concat('=', texts);
end
$template$,
            row_type,
            t.key_columns,
            one_row,
            backstory.announced_rows(t, t.key_columns, 'text_before', 'update', 'g -> ''keys''', 'places'),
            backstory.announced_rows(t, t.key_columns, 'text_before', 'no key update', 'g -> ''keys''', 'places')
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
  places integer[];
  each_row record;
  old_row %1$s;
  new_row %1$s;
  user_before text;
  circumstances_before text;
  ignored text;
begin
  if (key ?& %2$L and key - %2$L::text[] = '{}') is not true or g -> 'isMoved' = 'true' then
    return false;
  end if;
  if g #> '{keys,1}' is null then
    if g #>> '{places,0}' <> split_part(kept, '=', 1) then
      return false;
    end if;
    old_row := nullif(right(kept, -strpos(kept, '=')), '')::%1$s;
    select r.* into new_row %3$s;
    if not found and old_row is null then
      return true;
    end if;
  elsif left(kept, 1) <> '='
    or (select count(*) <> count(distinct row(%5$s)) from jsonb_to_recordset(g -> 'keys') as k (%6$s))
  then
    return false;
  end if;
  user_before := coalesce(current_setting('backstory.user_id', true), '');
  circumstances_before := coalesce(current_setting('backstory.context', true), '');
  if user_id <> user_before or circumstances <> circumstances_before then
    ignored := concat(
      set_config('backstory.user_id', user_id, true), set_config('backstory.context', circumstances, true)
    );
  end if;
  if g #> '{keys,1}' is null then
    new_row := %4$s(
      old_row, new_row, case when new_row is null then 'DELETE' when old_row is null then 'INSERT' else 'UPDATE' end
    );
  else
    places := translate(g ->> 'places', '[]', '{}');
    for each_row in
      select s.place, t.value as kept_row, s.found_row
      from (%7$s) as s
      left join json_each_text(nullif(right(kept, -1), '')::json) as t on t.key = s.place::text
      order by s.place
    loop
      old_row := each_row.kept_row::%1$s;
      new_row := each_row.found_row;
      continue when old_row is null and new_row is null;
      new_row := %4$s(
        old_row, new_row, case when new_row is null then 'DELETE' when old_row is null then 'INSERT' else 'UPDATE' end
      );
    end loop;
  end if;
  if user_id <> user_before or circumstances <> circumstances_before then
    ignored := concat(
      set_config('backstory.user_id', user_before, true), set_config('backstory.context', circumstances_before, true)
    );
  end if;
  return true;
end
$template$,
            row_type,
            t.key_columns,
            one_row,
            backstory.row_function('enter_row', t.table_schema, t.table_name),
            key_values,
            definitions,
            backstory.announced_rows(t, t.key_columns, 'row', keys => 'g -> ''keys''', places => 'places')
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
