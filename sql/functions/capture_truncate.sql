-- Trigger function: records a TRUNCATE as the deletion of every row, before it happens.
-- version: 1
--
-- The argument is the id in backstory.tracked. TRUNCATE fires the triggers of a partitioned table and of each of its
-- partitions, in any order where it cascades; so every partition records its own rows, and a partitioned table
-- those of the partitions under it that have no trigger (yet).
create or replace function backstory.capture_truncate()
returns trigger
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'postgres'
set bytea_output = 'hex'
set extra_float_digits = 1
set lc_monetary = 'C'
set row_security = off
as $function$
declare
  t backstory.tracked := backstory.tracked_now(tg_argv[0]::integer, tg_relid);
  policy text := (select s.context from backstory.settings s);
  relation oid := backstory.relation_of(t.function_name);
  leaf regclass;
begin
  if relation is distinct from tg_relid::oid
    and not exists (select from pg_partition_ancestors(tg_relid) a where a.relid = relation)
  then
    return null; -- a partition that was detached is no part of the tracked table any more
  end if;
  -- TRUNCATE is not MVCC-safe (manual: TRUNCATE, Notes): a transaction with an older snapshot destroys rows that
  -- it cannot see, and so could not record
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'Backstory refuses to truncate % in a % transaction: rows that its snapshot does not see would vanish unrecorded.',
      t.element_type, current_setting('transaction_isolation')
      using
        errcode = 'BS104',
        hint = 'Truncate in a read committed transaction, or delete the rows.';
  end if;
  if policy = 'required' and coalesce(current_setting('backstory.user_id', true), '') = '' then
    raise exception 'Backstory refuses to truncate %: nobody is named as the actor, and this installation requires one.', t.element_type
      using
        errcode = 'BS106',
        hint = 'Call select backstory.set_context(''{"userId": "…"}'') in the same transaction.';
  end if;
  for leaf in
    select tg_relid
    where not exists (select from pg_partitioned_table p where p.partrelid = tg_relid)
    union all
    select p.relid
    from pg_partition_tree(tg_relid) p
    where
      p.isleaf
      and p.relid <> tg_relid
      and tg_relid = (
        select a.relid
        from pg_partition_ancestors(p.relid) with ordinality as a (relid, place)
        join pg_trigger tg on tg.tgrelid = a.relid and tg.tgname = '!backstory_truncate'
        order by a.place
        limit 1
      )
  loop
    -- r alone could be a column
    execute format(
      'select count(backstory.insert_entry($1, ''delete'', to_jsonb(r.*), backstory.whole_image(''before'', to_jsonb(r.*), $1.options, $2))) from only %s r',
      leaf
    )
    using t, backstory.left_out(t.options, leaf);
  end loop;
  return null;
end
$function$;

revoke all on function backstory.capture_truncate() from public;
