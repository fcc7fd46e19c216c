-- What captures the rows of one transition table: the refusal where it applies, and the insert of their entries.
-- version: 1
create or replace function backstory.rows_statement(
  t backstory.tracked,
  relation oid,
  context_policy text,
  side text,
  action text,
  transition_table text
)
returns text
language sql
stable
set search_path = ''
as $function$
  select format(
    $template$
    %s
    insert into public.audit_logs (element_type, element_id, scope, user_id, action, changes, context)
    select%s
    from %I as written;$template$,
    case context_policy
      when 'required' then format(
        E'if exists (select from %I) then%s\n    end if;',
        transition_table,
        backstory.actor_check(t.element_type, context_policy)
      )
      else ''
    end,
    backstory.entry_values(
      t, 'written', action,
      backstory.image_expression(side, 'written.*', t.options, backstory.left_out(t.options, relation))
    ),
    transition_table
  )
$function$;
