-- Makes the functions that read the rows of a table that is tracked by listener, for exactly its key and name of now.
-- version: 4
--
-- Their statements are planned once a session; photographed_rows and compared_rows have the same ones composed, and planned,
-- at every flush: for rows that are announced by other columns, for keys whose `=` may find what is another text or several
-- rows, and where no event trigger makes the functions anew. A single key, which is what most flushes have, costs half of
-- what a list does. They read with the caller's permissions, and pin the output settings that the table's types need.
create or replace function backstory.compile_listening(t backstory.tracked)
returns void
language plpgsql
set search_path = ''
as $function$
declare
  log_owner regrole := (select c.relowner from pg_class c where c.oid = 'public.audit_logs'::regclass);
  relation oid := to_regclass(format('%I.%I', t.table_schema, t.table_name));
  is_suited boolean;
  -- the row of the first of `keys`, and that of `key`, as parts of a statement
  one_row text;
  row_of_key text;
  settings text[];
  made record;
begin
  -- it finds one row at most, by what is the same text
  select
    bool_and(ty.is_exact)
    and exists (
      select
      from pg_index i
      where
        i.indrelid = relation
        and i.indisunique
        and i.indisvalid
        and i.indimmediate
        and i.indpred is null
        and i.indexprs is null
        and (i.indkey::smallint[])[0:i.indnkeyatts - 1] <@ array_agg(a.attnum)
    ),
    -- without the type's modifier: a cast to it would cut what is too long
    string_agg(format('r.%I = (keys -> 0 ->> %L)::%s', a.attname, a.attname, format_type(a.atttypid, -1)), ' and '),
    string_agg(format('r.%I = (key ->> %L)::%s', a.attname, a.attname, format_type(a.atttypid, -1)), ' and ')
  into is_suited, one_row, row_of_key
  from pg_attribute a,
    backstory.classify_type(a.atttypid, a.attcollation, a.atttypmod) as ty
  where a.attrelid = relation and a.attname = any (t.key_columns) and not a.attisdropped;
  if is_suited is distinct from true or (select s.capture from backstory.settings s) <> 'compiled' then
    perform backstory.drop_listening(t);
    return;
  end if;

  select
    format('from %s %I.%I r where %s', only_it, t.table_schema, t.table_name, one_row),
    format('from %s %I.%I r where %s', only_it, t.table_schema, t.table_name, row_of_key)
  into one_row, row_of_key
  from (select case c.relkind when 'p' then '' else 'only' end from pg_class c where c.oid = relation) as k (only_it);
  select array_agg(distinct s)
  into settings
  from pg_attribute a,
    unnest((backstory.classify_type(a.atttypid, a.attcollation)).settings) as s
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;

  if backstory.reads_back(relation) then
    perform backstory.compile_row_functions(t, relation, row_of_key, settings);
  else
    perform backstory.drop_row_functions(t.table_schema, t.table_name);
  end if;

  for made in
    select *
    from (
      values
        (
          'before',
          'keys jsonb, places integer[], is_deleted boolean',
          'text',
          format(
            $template$
declare
  images text;
begin
  if jsonb_array_length(keys) > 1 then
    if is_deleted then
      select string_agg('"' || s.place || '":[' || s.image || ']', ',') into images from (%1$s) as s;
    else
      select string_agg('"' || s.place || '":[' || s.image || ']', ',') into images from (%2$s) as s;
    end if;
  elsif is_deleted then
    select '"' || places[1] || '":[' || %4$s || ']' into images %3$s for update of r;
  else
    select '"' || places[1] || '":[' || %4$s || ']' into images %3$s for no key update of r;
  end if;
  return images;
end
$template$,
            backstory.announced_rows(t, t.key_columns, 'before', 'update'),
            backstory.announced_rows(t, t.key_columns, 'before', 'no key update'),
            one_row,
            backstory.listened_image(relation, true)
          )
        ),
        (
          'after',
          'keys jsonb, places integer[], kept jsonb,'
          ' out found_places integer[], out old_images jsonb[], out new_images jsonb[]',
          'record',
          format(
            $template$
declare
  image jsonb;
begin
  if jsonb_array_length(keys) > 1 then
    select array_agg(s.place), array_agg(s.old_image), array_agg(s.new_image)
    into found_places, old_images, new_images
    from (%s) as s;
  else
    select %s into image %s;
    found_places := places;
    old_images := array[kept -> places[1]::text -> 0];
    new_images := array[image];
  end if;
end
$template$,
            backstory.announced_rows(t, t.key_columns, 'with_kept'),
            backstory.listened_image(relation, false),
            one_row
          )
        )
    ) as v (moment, arguments, result, body)
  loop
    execute format(
      E'create or replace function backstory.listened_%s_%s(%s)\nreturns %s\nlanguage plpgsql\n'
      'set search_path = ''''\nset plan_cache_mode = force_generic_plan%s\nas %L',
      t.id, made.moment, made.arguments, made.result, backstory.output_settings(settings), made.body
    );
    -- so that whoever follows the table may replace it, whoever tracks
    execute format('alter function backstory.listened_%s_%s owner to %s', t.id, made.moment, log_owner);
    execute format('grant execute on function backstory.listened_%s_%s to public', t.id, made.moment);
  end loop;
end
$function$;
