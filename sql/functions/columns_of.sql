-- The names under which the log knows a column of some types of elements, each with its table's name and a span of ids.
-- version: 1
--
-- The span holds the entries in which the name was the column's. `column_name` is a name of today; one that no column
-- bears today leads to the column that bore it last. A column that was dropped, and a later one of the same name, are two.
create or replace function backstory.columns_of(element_types jsonb, column_name text)
returns table (element_type text, name text, after_id bigint, until_id bigint)
language plpgsql
stable
set search_path = ''
as $function$
declare
  last_id constant bigint := 9223372036854775807;
  subject record;
  change record;
  current_name text;
  upper_id bigint;
  is_known boolean;
begin
  for subject in
    select distinct n.tracked_id, n.name, n.after_id, n.until_id
    from jsonb_array_elements_text(element_types) as t (name)
    cross join lateral backstory.names_of(t.name) n
  loop
    current_name := column_name;
    upper_id := last_id;
    select exists (select from jsonb_array_elements(t.columns) c where c ->> 'name' = column_name)
    into is_known
    from backstory.tracked t
    where t.id = subject.tracked_id;
    if not is_known then
      -- from the last column that bore the name on to what it is called today
      for change in
        select s.id, s.kind, s.old_name, s.new_name
        from backstory.schema_changes s
        where
          s.tracked_id = subject.tracked_id
          and s.kind in ('column_renamed', 'column_dropped')
          and s.id >= (
            select max(gone.id)
            from backstory.schema_changes gone
            where
              gone.tracked_id = subject.tracked_id
              and gone.kind in ('column_renamed', 'column_dropped')
              and gone.old_name = column_name
          )
        order by s.id
      loop
        continue when change.old_name <> current_name;
        if change.kind = 'column_dropped' then
          upper_id := change.id;
          exit;
        end if;
        current_name := change.new_name;
      end loop;
    end if;
    element_type := subject.name;
    for change in
      select s.id, s.kind, s.old_name, s.new_name
      from backstory.schema_changes s
      where
        s.tracked_id = subject.tracked_id
        and s.kind in ('column_renamed', 'column_dropped')
        and s.id < upper_id
      order by s.id desc
    loop
      if change.new_name = current_name or change.old_name = current_name then
        name := current_name;
        after_id := greatest(change.id, subject.after_id);
        until_id := least(upper_id, subject.until_id);
        if after_id < until_id then
          return next;
        end if;
        upper_id := change.id;
        -- what another column was called that way before is not this column's
        current_name := case when change.new_name = current_name then change.old_name end;
      end if;
      exit when current_name is null;
    end loop;
    if current_name is not null then
      name := current_name;
      after_id := subject.after_id;
      until_id := least(upper_id, subject.until_id);
      if after_id < until_id then
        return next;
      end if;
    end if;
  end loop;
end
$function$;
