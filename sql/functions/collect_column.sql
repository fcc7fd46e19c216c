-- What a capture function does with a column that may have changed: decide by the to_jsonb text, and collect.
-- version: 5
--
-- Assigning to a subscript of a subscript costs less than `||`, and less than one object around two others. It makes
-- the objects that are not yet there; but where a column has a number for its name, it would make an array of them, so
-- that they are made before. Null becomes JSON's. A row image has the same null for the null of SQL and for that of
-- JSON, so that neither becomes the other by a change. `#> '{}'` decompresses a document once,
-- instead of at each look into it.
create or replace function backstory.collect_column(
  name text,
  is_exact boolean,
  is_documentary boolean,
  is_withheld boolean,
  is_jsonb boolean
)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    case
      when is_withheld then
        $template$if %2$s then
          redacted := coalesce(redacted, '[]'::jsonb) || %3$L;
        end if;$template$
      when is_documentary then
        case
          when is_number then
            $template$changes := nullif(
          backstory.collect_document(coalesce(changes, '{"before": {}, "after": {}}'), %1$L, %7$s, %8$s),
          '{"before": {}, "after": {}}'
        );$template$
          else $template$changes := backstory.collect_document(changes, %1$L, %7$s, %8$s);$template$
        end
      when is_exact then
        $template$%6$schanges['before'][%1$L] := %4$s;
        changes['after'][%1$L] := %5$s;$template$
      else
        $template$if %2$s then
          %6$schanges['before'][%1$L] := %4$s;
          changes['after'][%1$L] := %5$s;
        end if;$template$
    end,
    name,
    format('coalesce(%s, ''null'')::text <> coalesce(%s, ''null'')::text', old_value, new_value),
    to_jsonb(name)::text,
    old_value,
    new_value,
    case when is_number then 'changes := coalesce(changes, ''{"before": {}, "after": {}}''); ' else '' end,
    format(case when is_jsonb then '%s #> ''{}''' else '%s' end, old_value),
    format(case when is_jsonb then '%s #> ''{}''' else '%s' end, new_value)
  )
  -- of a jsonb, to_jsonb would make a copy at every place
  from format(case when is_jsonb then '%s' else 'to_jsonb(%s)' end, backstory.column_of('old', name)) as old_value,
    format(case when is_jsonb then '%s' else 'to_jsonb(%s)' end, backstory.column_of('new', name)) as new_value,
    -- what begins like a number, or with a blank before one
    cast(name ~ '^[[:space:]]*[-+]?[0-9]' as boolean) as is_number
$function$;
