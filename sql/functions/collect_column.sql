-- What a capture function does with a column that may have changed: decide by the to_jsonb text, and collect.
-- version: 1
--
-- Assigning to a subscript costs less than `||`, and makes the object that is not yet there; null becomes JSON's. A row
-- image has the same null for the null of SQL and for that of JSON, so that neither becomes the other by a change.
create or replace function backstory.collect_column(
  name text,
  is_exact boolean,
  is_documentary boolean,
  is_withheld boolean
)
returns text
language sql
immutable
set search_path = ''
as $function$
  select format(
    case
      when is_withheld then
        $template$if %3$s then
          redacted := coalesce(redacted, '[]'::jsonb) || %4$L;
        end if;$template$
      when is_documentary then
        $template$if jsonb_typeof(to_jsonb(old.%1$I)) = 'object' and jsonb_typeof(to_jsonb(new.%1$I)) = 'object' then
          nested := backstory.diff(to_jsonb(old.%1$I), to_jsonb(new.%1$I));
          if nested is not null then
            before[%2$L] := nested -> 'before';
            after[%2$L] := nested -> 'after';
          end if;
        elsif %3$s then
          before[%2$L] := to_jsonb(old.%1$I);
          after[%2$L] := to_jsonb(new.%1$I);
        end if;$template$
      when is_exact then
        $template$before[%2$L] := to_jsonb(old.%1$I);
        after[%2$L] := to_jsonb(new.%1$I);$template$
      else
        $template$if %3$s then
          before[%2$L] := to_jsonb(old.%1$I);
          after[%2$L] := to_jsonb(new.%1$I);
        end if;$template$
    end,
    name,
    name,
    format('coalesce(to_jsonb(old.%1$I), ''null'')::text <> coalesce(to_jsonb(new.%1$I), ''null'')::text', name),
    to_jsonb(name)::text
  )
$function$;
