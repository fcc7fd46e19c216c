-- One group of columns in a capture function: a single test in front, and behind it what collects each of them.
-- version: 1
create or replace function backstory.guard_group(tests text[], collects text[])
returns text
language sql
immutable
set search_path = ''
as $function$
  select case cardinality(tests)
    when 1 then format(E'if %s then\n        %s\n    end if;', tests[1], collects[1])
    else format(
      E'if %s then\n%s\n    end if;',
      array_to_string(tests, E'\n      or '),
      (
        select string_agg(format(E'      if %s then\n        %s\n      end if;', test, collect), E'\n' order by place)
        from unnest(tests, collects) with ordinality as pair (test, collect, place)
      )
    )
  end
$function$;
