-- Records what a flush has changed: reads its rows as they are now, and writes the differences to their photograph.
-- version: 9
--
-- `groups` as for backstory.photograph, the rows that were inserted included, with the keys that they have now, and
-- "mayInsert" where the write may have brought rows in; "isMoved" where these keys may be others than those of before. An
-- object: those that the photograph has kept, "written" being the number of rows that were written by the same condition.
-- `photograph` its number, null where the flush had nothing to photograph. `user_id` and `circumstances` as
-- carry_context takes them, null for those in force. With the caller's permissions; returns the number of entries, null where it
-- did not count them: of rows of one group, by record_row, where that is made for their table.
create or replace function backstory.record_flush(
  groups jsonb,
  photograph integer default null,
  user_id text default null,
  circumstances text default null
)
returns bigint
language plpgsql
set search_path = ''
as $function$
declare
  kept text;
  setting text;
  maker text;
  texts json;
  images jsonb;
  last_entry text;
  written bigint;
  is_recorded boolean;
  ignored text;
begin
  if photograph is not null then
    setting := backstory.photograph_setting(photograph);
    kept := current_setting(setting, true);
    last_entry := nullif(current_setting('backstory.photographs_overlap', true), '');
    if left(kept, 1) = '@' then
      if last_entry is not null then
        last_entry := coalesce(nullif(split_part(split_part(kept, E'\n', 1), ' ', 2), ''), last_entry);
      end if;
      kept := case
        when split_part(kept, ' ', 1) = concat('@', photograph) then right(kept, -strpos(kept, E'\n'))
      end;
    end if;
    if coalesce(kept, '') = '' then
      raise exception 'There is no photograph % in this transaction: it was recorded, or rolled back with a savepoint.', photograph
        using
          errcode = 'BS120',
          hint = 'Photograph the rows and record the flush on one connection, in one transaction and inside of the same savepoint.';
    end if;
    ignored := set_config(setting, '', true);
    if jsonb_typeof(groups) = 'object' then
      written := groups -> 'written';
      groups := split_part(kept, E'\n', 1)::jsonb;
      if written > coalesce(jsonb_array_length(groups #> '{0,keys}'), 0) then
        raise exception 'The statement has written % rows, and a moment before its condition found %: another transaction has brought in more meanwhile.',
          written, coalesce(jsonb_array_length(groups #> '{0,keys}'), 0)
          using
            errcode = 'BS121',
            hint = 'Run the transaction again; or isolate it as repeatable read.';
      end if;
      kept := right(kept, -strpos(kept, E'\n'));
    end if;
  end if;

  if jsonb_array_length(groups) = 1 and last_entry is null and (kept is null or left(kept, 1) <> '{') then
    maker := to_regproc(backstory.row_function('record_row', groups #>> '{0,schema}', groups #>> '{0,table}'));
    if maker is not null then
      execute format('select %s($1, $2, $3, $4)', maker)
      into is_recorded
      using groups -> 0, kept, user_id, circumstances;
      if is_recorded then
        return null;
      end if;
    end if;
  end if;

  if left(kept, 1) = '{' then
    images := kept::jsonb;
  elsif kept is not null then
    -- rows of one group were photographed, and others came to them, or they moved
    images := '{}';
    texts := case
      when left(kept, 1) = '=' then nullif(right(kept, -1), '')::json
      else json_build_object(split_part(kept, '=', 1), right(kept, -strpos(kept, '=')))
    end;
    select backstory.row_function('row_image', g.value ->> 'schema', g.value ->> 'table')
    into maker
    from jsonb_array_elements(groups) as g, json_each_text(texts) as t
    where g.value -> 'places' @> t.key::jsonb and t.value <> ''
    limit 1;
    if found then
      execute format(
        'select jsonb_object_agg(t.key, jsonb_build_array(%s(t.value))) from json_each_text($1) as t where t.value <> ''''',
        maker
      )
      into images
      using texts;
    end if;
  end if;
  if last_entry is not null then
    images := backstory.renewed_images(groups, images, last_entry::bigint);
  end if;
  return backstory.record_groups(
    groups,
    images,
    coalesce(user_id, current_setting('backstory.user_id', true)),
    coalesce(circumstances, current_setting('backstory.context', true))
  );
end
$function$;
