-- The body of the capture function of one table, as text.
-- version: 2
--
-- What it costs is the number of expressions that a write evaluates: each is set up anew in every transaction. So
-- there are no initial values, and the first test is true for an update that keeps the key and for nothing else (old is
-- null in an insert, new in a delete). The columns of a table that is not wide are tested one by one: a test in front of
-- a group saves less than it costs.
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
  tests text[] := '{}';
  collects text[] := '{}';
  parts text[] := '{}';
  image text;
  withheld_marker text;
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
      ty.is_exact,
      ty.is_documentary
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
    tests := tests || c.test;
    collects := collects || backstory.collect_column(c.name, c.is_exact, c.is_documentary, c.name = any (withheld));
    if cardinality(tests) = group_size then
      parts := parts || backstory.guard_group(tests, collects);
      tests := '{}';
      collects := '{}';
    end if;
  end loop;
  if cardinality(tests) > 0 then
    parts := parts || backstory.guard_group(tests, collects);
  end if;

  -- jsonb_build_object takes a row as it is; only what leaves columns out needs it as jsonb before
  image := case cardinality(left_out)
    when 0 then '%s'
    else 'to_jsonb(%s) - ' || replace(format('%L::text[]', left_out::text), '%', '%%')
  end;
  withheld_marker := case cardinality(withheld)
    when 0 then ''
    else format(', ''redacted'', %L::jsonb', to_jsonb(withheld)::text)
  end;
  -- where the types' `=` cannot be trusted, the texts decide, bytewise
  select
    case
      when bool_and(ty.is_exact) then string_agg(format('old.%1$I = new.%1$I', a.attname), ' and ')
      else format('(%s) collate "C" = (%s)', backstory.key_expression('old', t), backstory.key_expression('new', t))
    end
  into key_stays
  from pg_attribute a,
    backstory.classify_type(a.atttypid, a.attcollation, a.atttypmod) as ty
  where a.attrelid = relation and a.attname = any (t.key_columns);

  return format(
    $template$
declare
  before jsonb;
  after jsonb;
  redacted jsonb;
  nested jsonb;
begin
  if %1$s then
    %2$s
    if %3$s then
      %4$s
      %5$s%8$s
    end if;
    return null;
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
      when 0 then 'after is not null'
      else 'after is not null or redacted is not null'
    end,
    backstory.actor_check(t.element_type, context_policy),
    backstory.insert_statement(
      t, 'new', 'update',
      case cardinality(withheld)
        when 0 then 'jsonb_build_object(''before'', before, ''after'', after)'
        else
          'case when redacted is null then jsonb_build_object(''before'', before, ''after'', after)'
          ' else jsonb_build_object('
          '''before'', coalesce(before, ''{}''), ''after'', coalesce(after, ''{}''), ''redacted'', redacted) end'
      end
    ),
    backstory.insert_statement(
      t, 'old', 'delete', format('jsonb_build_object(''before'', %s%s)', format(image, 'old'), withheld_marker)
    ),
    backstory.insert_statement(
      t, 'new', 'insert', format('jsonb_build_object(''after'', %s%s)', format(image, 'new'), withheld_marker)
    ),
    case
      when t.options ? 'snapshotEvery' then
        format(
          $snapshot$
      if backstory.snapshot_is_due(%1$L, %2$s, %3$s) then
        insert into public.audit_logs (element_type, element_id, scope, action, changes)
        values (%1$L, %2$s, %4$s, 'snapshot', jsonb_build_object('after', %5$s%6$s));
      end if;$snapshot$,
          t.element_type,
          backstory.key_expression('new', t),
          t.options ->> 'snapshotEvery',
          case
            when t.options ? 'scope' then backstory.text_expression('new', t.options ->> 'scope', t.columns)
            else 'null'
          end,
          format(image, 'new'),
          withheld_marker
        )
      else ''
    end
  );
end
$function$;
