-- Records that somebody looked at elements of a tracked table: one entry with the action read for each.
-- version: 2
--
-- `element_ids` is a JSON array of keys as the log has them, ["1", "2"], a composite key as the text of a JSON array;
-- `context` the actor and the circumstances as set_context takes them, null for those in force. With the rights of the
-- log's owner, so that whoever may select from the table can write this and nothing else into the log.
create or replace function backstory.record_reads(element_type text, element_ids jsonb, context jsonb default null)
returns void
language plpgsql
security definer
set search_path = ''
as $function$
declare
  -- of whoever calls: inside of this function current_user is its owner
  caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  t backstory.tracked;
  relation oid;
  actor text;
  circumstances jsonb;
begin
  select tr.*
  into t
  from backstory.tracked tr
  where tr.id = (select n.tracked_id from backstory.names_of(record_reads.element_type) n limit 1) and tr.active;
  relation := backstory.relation_of(t.function_name);
  if relation is null then
    raise exception 'Table % is not tracked, so reads of it are not recorded.', record_reads.element_type
      using
        errcode = 'BS111',
        hint = format('select backstory.track(%L) records them and every write.', record_reads.element_type);
  end if;
  if not has_table_privilege(caller, relation, 'select')
    and not has_any_column_privilege(caller, relation, 'select')
  then
    raise exception 'permission denied: % may not read %, and so cannot say that somebody did', caller, t.element_type
      using errcode = 'insufficient_privilege';
  end if;
  t := backstory.tracked_now(t.id, relation);

  if jsonb_typeof(element_ids) is distinct from 'array'
    or jsonb_path_exists(element_ids, 'strict $[*] ? (@.type() != "string")')
  then
    raise exception 'The element ids must be a JSON array of texts, such as ["1", "2"].'
      using errcode = 'BS120';
  end if;
  if cardinality(t.key_columns) > 1
    and exists (select from jsonb_array_elements_text(element_ids) as e (element_id) where e.element_id !~ '^[[].*[]]$')
  then
    raise exception 'The key of % has % columns, so that its elements are known by arrays of as many values.',
      t.element_type, cardinality(t.key_columns)
      using
        errcode = 'BS120',
        hint = E'In TypeScript an element is an array in the list of ids: [[''a'', 1]]. In SQL it is the text of one: ["[\\"a\\",1]"].';
  end if;
  if context is null then
    actor := nullif(current_setting('backstory.user_id', true), '');
    circumstances := nullif(current_setting('backstory.context', true), '')::jsonb;
  elsif jsonb_typeof(context) <> 'object' then
    raise exception 'A context must be a JSON object, not %.', jsonb_typeof(context)
      using errcode = 'BS102';
  else
    actor := nullif(context ->> 'userId', '');
    circumstances := nullif(context - 'userId', '{}');
  end if;
  if actor is null and (select s.context from backstory.settings s) = 'required' then
    raise exception 'Backstory refuses to record a read of % by nobody: this installation requires an actor.', t.element_type
      using
        errcode = 'BS106',
        hint = 'In TypeScript: actingAs({ userId }, () => …) around it. In SQL: name one in the argument context.';
  end if;

  insert into public.audit_logs (element_type, element_id, scope, user_id, action, context)
  select
    t.element_type,
    coalesce(backstory.element_id_of(seen.image, t.key_columns), seen.element_id),
    seen.image ->> (t.options ->> 'scope'),
    actor,
    'read',
    circumstances
  from (
    select e.element_id, backstory.readable_row(t, e.element_id) as image, e.place
    from jsonb_array_elements_text(element_ids) with ordinality as e (element_id, place)
    offset 0 -- so that the row is read once
  ) as seen
  order by seen.place;
end
$function$;
