-- Records that somebody takes entries out of the log: one entry with the action read, of the log itself.
-- version: 1
--
-- By the actor in force (set_context). With the rights of the log's owner, so that whoever may select from the log can
-- write this and nothing else into it.
create or replace function backstory.record_export(description jsonb)
returns void
language plpgsql
security definer
set search_path = ''
as $function$
declare
  -- of whoever calls: inside of this function current_user is its owner
  caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  actor text := nullif(current_setting('backstory.user_id', true), '');
  circumstances jsonb := nullif(current_setting('backstory.context', true), '')::jsonb;
begin
  if not has_table_privilege(caller, 'public.audit_logs', 'select') then
    raise exception 'permission denied: % may not read the log, and so cannot say that it does', caller
      using errcode = 'insufficient_privilege';
  end if;
  if actor is null and (select s.context from backstory.settings s) = 'required' then
    raise exception 'Backstory refuses to record an export by nobody: this installation requires an actor.'
      using errcode = 'BS106', hint = 'In TypeScript: actingAs({ userId }, () => …) around it.';
  end if;
  insert into public.audit_logs (element_type, element_id, user_id, action, context)
  values (
    'audit_logs',
    'export',
    actor,
    'read',
    coalesce(circumstances, '{}') || jsonb_build_object('export', description)
  );
end
$function$;
