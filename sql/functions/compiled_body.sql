-- The body of the capture function of one table, as text.
-- version: 5
--
-- What it costs is the number of expressions that a write evaluates: each is set up anew in every transaction. So
-- there are no initial values, and the first test is true for an update that keeps the key and for nothing else (old is
-- null in an insert, new in a delete). The columns of a table that is not wide are tested one by one: a test in front of
-- a group saves less than it costs. Those that are compared by their bytes share one test, since rows of one column cost
-- nearly as much to make as rows of several; so do groups of the columns of a wide table. `return new` evaluates nothing.
create or replace function backstory.compiled_body(t backstory.tracked, relation oid, context_policy text)
returns text
language plpgsql
stable
set search_path = ''
as $function$
declare
  group_size integer;
  withheld text[] := array(select jsonb_array_elements_text(coalesce(t.options -> 'redact', '[]')));
  left_out text[] := backstory.left_out(t.options, relation);
  c record;
  collect text;
  tests text[] := '{}';
  collects text[] := '{}';
  parts text[] := '{}';
  by_bytes text[] := '{}';
  byte_parts text[] := '{}';
  variables text := '';
  key_stays text;
begin
  select case when count(*) <= 48 then 1 else 12 end
  into group_size
  from pg_attribute a
  where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
  for c in
    select
      a.attname::text as name,
      backstory.difference_test(a.attname, ty.is_telling) as test,
      ty.is_telling,
      ty.is_exact,
      ty.is_documentary,
      a.attname = any (withheld) as is_withheld,
      a.atttypid = 'jsonb'::regtype as is_jsonb
    from pg_attribute a,
      backstory.classify_type(a.atttypid, a.attcollation, a.atttypmod) as ty
    where
      a.attrelid = relation
      and a.attnum > 0
      and not a.attisdropped
      and not a.attname = any (t.key_columns)
      and (a.attname = any (withheld) or not a.attname = any (left_out))
    order by a.attnum
  loop
    collect := backstory.collect_column(c.name, c.is_exact, c.is_documentary, c.is_withheld, c.is_jsonb);
    -- a redacted one keeps its place: redacted columns are named in their order
    if not c.is_telling and not c.is_withheld then
      by_bytes := by_bytes || c.name;
      byte_parts := byte_parts || backstory.guard_group(array[c.test], array[collect]);
      continue;
    end if;
    tests := tests || c.test;
    collects := collects || collect;
    if cardinality(tests) = group_size then
      parts := parts || backstory.guard_group(tests, collects);
      tests := '{}';
      collects := '{}';
    end if;
  end loop;
  if cardinality(tests) > 0 then
    parts := parts || backstory.guard_group(tests, collects);
  end if;
  if cardinality(by_bytes) > 1 then
    parts := parts || format(
      E'if %s then\n    %s\n    end if;',
      backstory.difference_by_bytes(by_bytes),
      array_to_string(byte_parts, E'\n    ')
    );
  else
    parts := parts || byte_parts;
  end if;
  if cardinality(withheld) > 0 then
    variables := variables || E'\n  redacted jsonb;';
  end if;

  -- where the types' `=` cannot be trusted, the texts decide, bytewise
  select
    case
      when bool_and(ty.is_exact) then
        string_agg(format('%s = %s', backstory.column_of('old', a.attname), backstory.column_of('new', a.attname)), ' and ')
      else format('(%s) collate "C" = (%s)', backstory.key_expression('old', t), backstory.key_expression('new', t))
    end
  into key_stays
  from pg_attribute a,
    backstory.classify_type(a.atttypid, a.attcollation, a.atttypmod) as ty
  where a.attrelid = relation and a.attname = any (t.key_columns);

  return format(
    $template$
declare
  changes jsonb;%9$s
begin
  if %1$s then
    %2$s
    if %3$s then
      %4$s
      %5$s%8$s
    end if;
    return new;
  end if;
  %4$s
  if tg_op <> 'INSERT' then
    %6$s
  end if;
  if tg_op <> 'DELETE' then
    %7$s
  end if;
  return null;
end
$template$,
    key_stays,
    array_to_string(parts, E'\n    '),
    case cardinality(withheld)
      when 0 then 'changes is not null'
      else 'changes is not null or redacted is not null'
    end,
    backstory.actor_check(t.element_type, context_policy),
    backstory.insert_statement(
      t, 'new', 'update',
      case cardinality(withheld)
        when 0 then 'changes'
        else
          'case when redacted is null then changes'
          ' else coalesce(changes, ''{"before": {}, "after": {}}'') || jsonb_build_object(''redacted'', redacted) end'
      end
    ),
    backstory.insert_statement(
      t, 'old', 'delete', backstory.image_expression('before', 'old', t.options, left_out)
    ),
    backstory.insert_statement(
      t, 'new', 'insert', backstory.image_expression('after', 'new', t.options, left_out)
    ),
    case
      when t.options ? 'snapshotEvery' then
        format(
          $snapshot$
      if backstory.snapshot_is_due(%1$L, %2$s, %3$s) then
        insert into public.audit_logs (element_type, element_id, scope, action, changes)
        values (%1$L, %2$s, %4$s, 'snapshot', %5$s);
      end if;$snapshot$,
          t.element_type,
          backstory.key_expression('new', t),
          t.options ->> 'snapshotEvery',
          case
            when t.options ? 'scope' then backstory.text_expression('new', t.options ->> 'scope', t.columns)
            else 'null'
          end,
          backstory.image_expression('after', 'new', t.options, left_out)
        )
      else ''
    end,
    variables
  );
end
$function$;
