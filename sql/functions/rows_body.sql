-- The body of the function that captures all rows of an insert or a delete at once, from its transition table.
-- version: 1
--
-- Statement triggers fire when nothing was written too: then there is nothing to refuse.
create or replace function backstory.rows_body(t backstory.tracked, relation oid, context_policy text)
returns text
language sql
stable
set search_path = ''
as $function$
  select format(
    $template$
begin
  if tg_op = 'INSERT' then%s
  else%s
  end if;
  return null;
end
$template$,
    backstory.rows_statement(t, relation, context_policy, 'after', 'insert', 'inserted'),
    backstory.rows_statement(t, relation, context_policy, 'before', 'delete', 'deleted')
  )
$function$;
