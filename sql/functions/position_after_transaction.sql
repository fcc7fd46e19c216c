-- The position in the log right after a transaction: the id of its last entry. An error where it has none.
-- version: 1
--
-- Nobody else could write to the elements of a transaction before it had ended.
create or replace function backstory.position_after_transaction(transaction_id xid8)
returns bigint
language plpgsql
stable
set search_path = ''
as $function$
declare
  -- an array, lest the planner walk backward along the primary key for the greatest
  last_id constant bigint := (
    select max(own.id)
    from unnest(
      array(
        select a.id
        from public.audit_logs a
        where a.transaction_id = position_after_transaction.transaction_id
      )
    ) as own (id)
  );
begin
  if last_id is null then
    raise exception 'The log has no entry of transaction %.', transaction_id
      using errcode = 'BS114', hint = 'Give the transactionId of an entry.';
  end if;
  return last_id;
end
$function$;
