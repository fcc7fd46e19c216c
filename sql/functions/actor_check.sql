-- The part of a capture function that refuses a write without an actor, where the installation requires one.
-- version: 1
create or replace function backstory.actor_check(element_type text, context_policy text)
returns text
language sql
immutable
set search_path = ''
as $function$
  select case context_policy
    when 'required' then format(
      $template$
  if coalesce(current_setting('backstory.user_id', true), '') = '' then
    raise exception 'Backstory refuses this write to %%: it names no actor, and this installation requires one.', %L
      using
        errcode = 'BS106',
        hint = 'In TypeScript: actingAs({ userId }, () => …) around it, on a database that went through audited(). In SQL: select backstory.set_context(''{"userId": "…"}'') in the same transaction.';
  end if;$template$,
      element_type
    )
    else ''
  end
$function$;
