-- A scope with everything in it, at a time or, where that is null, right after an entry.
-- version: 2
--
-- The elements of every table that is tracked with a scope, where they belonged to it then. And of tracked tables
-- without a scope those that, by a foreign key of today, pointed at one of them then: the rows of a pivot, a comment; and
-- what pointed at those in the same table: the folders in a folder. A table comes after all that it refers to, where
-- there is no circle of tables.
-- `is_known` is false where a state cannot be known, with a null id for what may have existed without a trace.
-- `sight` {"types": [element types], "withheld": {element type: [columns]}} leads along nothing else: what is in the scope
-- by a table or column that somebody does not see, is not in it for him.
create or replace function backstory.scope_states(
  scope text,
  "time" timestamptz,
  entry_id bigint,
  sight jsonb default null
)
returns table (element_type text, element_id text, state jsonb, is_known boolean)
language plpgsql
stable
set search_path = ''
as $function$
declare
  tables jsonb;
  subject record;
  one record;
  -- {tracked id: [element ids]} of what is in the scope
  reached jsonb := '{}';
  ids text[];
begin
  select jsonb_object_agg(
    t.id,
    jsonb_build_object(
      'type', t.element_type,
      'hasScope', t.options ? 'scope' and not coalesce(hidden.columns ? (t.options ->> 'scope'), false),
      'references', (
        select coalesce(jsonb_agg(l), '[]')
        from jsonb_array_elements(backstory.references_of(t)) as l
        where not exists (
          select from jsonb_array_elements_text(l -> 'columns') as c (name) where hidden.columns ? c.name
        )
      )
    )
  )
  into tables
  from backstory.tracked t
  cross join lateral (select sight -> 'withheld' -> t.element_type as columns) as hidden
  where
    t.id = (select n.tracked_id from backstory.names_of(t.element_type) n limit 1)
    and (sight -> 'types' is null or sight -> 'types' ? t.element_type);

  loop
    select e.key as id, e.value ->> 'type' as type, (e.value ->> 'hasScope')::boolean as has_scope, e.value -> 'references' as links
    into subject
    from jsonb_each(coalesce(tables, '{}')) as e
    where
      (e.value ->> 'hasScope')::boolean
      or exists (select from jsonb_array_elements(e.value -> 'references') as l where reached ? (l ->> 'table'))
    order by
      (e.value ->> 'hasScope')::boolean desc,
      (
        select count(*)
        from jsonb_array_elements(e.value -> 'references') as l
        where tables ? (l ->> 'table') and l ->> 'table' <> e.key
      ),
      e.key::integer
    limit 1;
    exit when subject is null;
    tables := tables - subject.id;
    ids := '{}';
    for one in
      with recursive
      states as materialized (
        select s.element_id, s.state, s.is_known
        from backstory.states_then(
          subject.type,
          "time",
          entry_id,
          case when subject.has_scope then jsonb_build_array(scope) end
        ) s
      ),
      targets as materialized (
        select r.key as target_table, i.id
        from jsonb_each(reached) as r
        cross join lateral jsonb_array_elements_text(r.value) as i (id)
        where not subject.has_scope
      ),
      pointing as materialized (
        select
          s.element_id,
          l ->> 'table' as target_table,
          backstory.element_id_of(s.state, array(select jsonb_array_elements_text(l -> 'columns'))) as target
        from states s
        cross join jsonb_array_elements(subject.links) as l
        where not subject.has_scope and s.is_known
      ),
      -- a circle of rows ends, since no row comes twice
      inside as (
        select p.element_id
        from pointing p
        join targets t on t.target_table = p.target_table and t.id = p.target
        union
        select p.element_id
        from inside i
        join pointing p on p.target = i.element_id and p.target_table = subject.id
      )
      select s.element_id, s.state, s.is_known
      from states s
      where subject.has_scope or not s.is_known or s.element_id in (select i.element_id from inside i)
    loop
      element_type := subject.type;
      element_id := one.element_id;
      state := one.state;
      is_known := one.is_known;
      return next;
      ids := array_append(ids, one.element_id);
    end loop;
    reached := reached || jsonb_build_object(subject.id, to_jsonb(ids));
  end loop;
end
$function$;
