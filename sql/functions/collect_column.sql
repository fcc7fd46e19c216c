-- What a capture function does with a column whose stored bytes differ: decide by the to_jsonb text, and collect.
-- version: 1
--
-- A row image has the same null for the null of SQL and for that of JSON, so that neither becomes the other by a change.
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
  select case
    when is_withheld then format(
      $template$if coalesce(to_jsonb(old.%1$I), 'null')::text <> coalesce(to_jsonb(new.%1$I), 'null')::text then
          redacted := redacted || %2$L;
        end if;$template$,
      name, to_jsonb(name)::text
    )
    when is_documentary then format(
      $template$if jsonb_typeof(to_jsonb(old.%1$I)) = 'object' and jsonb_typeof(to_jsonb(new.%1$I)) = 'object' then
          nested := backstory.diff(to_jsonb(old.%1$I), to_jsonb(new.%1$I));
          if nested is not null then
            before := before || jsonb_build_object(%2$L, nested -> 'before');
            after := after || jsonb_build_object(%2$L, nested -> 'after');
          end if;
        elsif coalesce(to_jsonb(old.%1$I), 'null')::text <> coalesce(to_jsonb(new.%1$I), 'null')::text then
          before := before || jsonb_build_object(%2$L, old.%1$I);
          after := after || jsonb_build_object(%2$L, new.%1$I);
        end if;$template$,
      name, name
    )
    when is_exact then format(
      $template$before := before || jsonb_build_object(%2$L, old.%1$I);
        after := after || jsonb_build_object(%2$L, new.%1$I);$template$,
      name, name
    )
    else format(
      $template$if to_jsonb(old.%1$I)::text is distinct from to_jsonb(new.%1$I)::text then
          before := before || jsonb_build_object(%2$L, old.%1$I);
          after := after || jsonb_build_object(%2$L, new.%1$I);
        end if;$template$,
      name, name
    )
  end
$function$;
