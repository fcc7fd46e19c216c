-- The body of the capture function of one table, as text.
-- version: 1
create or replace function backstory.compiled_body(t backstory.tracked, relation oid, context_policy text)
returns text
language plpgsql
stable
set search_path = ''
as $function$
declare
  group_size constant integer := 4;
  withheld text[] := array(select jsonb_array_elements_text(coalesce(t.options -> 'redact', '[]')));
  left_out text[] := backstory.left_out(t.options, relation);
  c record;
  tests text[] := '{}';
  collects text[] := '{}';
  parts text[] := '{}';
  image text;
  withheld_marker text;
  key_changes text;
begin
  for c in
    select
      a.attname::text as name,
      backstory.difference_test(a.attname, a.atttypid, a.attcollation) as test,
      ty.is_exact,
      ty.is_documentary
    from pg_attribute a,
      backstory.classify_type(a.atttypid, a.attcollation) as ty
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
  select string_agg(backstory.difference_test(a.attname, a.atttypid, a.attcollation), ' or ')
  into key_changes
  from pg_attribute a
  where a.attrelid = relation and a.attname = any (t.key_columns);

  return format(
    $template$
declare
  before jsonb := '{}';
  after jsonb := '{}';
  redacted jsonb := '[]';
  nested jsonb;
begin
  if tg_op = 'UPDATE' then
    if (%1$s) and (%2$s) is distinct from (%3$s) then
      %4$s
      %5$s
      %6$s
      return null;
    end if;
    %7$s
    if after = '{}' and redacted = '[]' then
      return null;
    end if;
    %4$s
    %8$s
  elsif tg_op = 'INSERT' then
    %4$s
    %6$s
  else
    %4$s
    %5$s
  end if;
  return null;
end
$template$,
    key_changes,
    backstory.key_expression('old', t),
    backstory.key_expression('new', t),
    backstory.actor_check(t.element_type, context_policy),
    backstory.insert_statement(
      t, 'old', 'delete', format('jsonb_build_object(''before'', %s%s)', format(image, 'old'), withheld_marker)
    ),
    backstory.insert_statement(
      t, 'new', 'insert', format('jsonb_build_object(''after'', %s%s)', format(image, 'new'), withheld_marker)
    ),
    array_to_string(parts, E'\n    '),
    backstory.insert_statement(
      t, 'new', 'update',
      case cardinality(withheld)
        when 0 then 'jsonb_build_object(''before'', before, ''after'', after)'
        else
          'case redacted when ''[]'' then jsonb_build_object(''before'', before, ''after'', after)'
          ' else jsonb_build_object(''before'', before, ''after'', after, ''redacted'', redacted) end'
      end
    )
  );
end
$function$;
