-- Trigger function: the log is append-only, for its owner too, until somebody removes this guard on purpose.
-- version: 1
create or replace function backstory.refuse_rewrite()
returns trigger
language plpgsql
set search_path = ''
as $function$
begin
  raise exception 'The audit log is append-only: % on % is refused.', lower(tg_op), tg_relid::regclass
    using
      errcode = 'BS107',
      hint = 'Entries are evidence. Write a new change to the element instead.';
end
$function$;

create or replace trigger "!backstory_append_only"
before update or delete or truncate on public.audit_logs
for each statement
execute function backstory.refuse_rewrite();
