-- Refuses an inheritance child of a tracked table that is not tracked itself.
-- version: 2
--
-- Writes through the parent would reach the child's rows, but fire only the child's triggers.
create or replace function backstory.refuse_untracked_children()
returns void
language plpgsql
stable
set search_path = ''
as $function$
declare
  family record;
begin
  for family in
    select i.inhrelid::regclass as child, i.inhparent::regclass as parent
    from backstory.tracked t
    join pg_inherits i on i.inhparent = backstory.relation_of(t.function_name)
    join pg_class c on c.oid = i.inhrelid
    where
      t.active
      and not c.relispartition
      and not exists (
        select from pg_trigger tg where tg.tgrelid = i.inhrelid and tg.tgname = '!backstory_capture'
      )
      and not exists (
        select
        from backstory.tracked child
        where child.active and child.options ->> 'capture' = 'listener' and backstory.relation_of(child.function_name) = i.inhrelid
      )
  loop
    raise exception 'Table % inherits from %, which is tracked, and is not tracked itself: writes through the parent to its rows would go unrecorded.',
      family.child, family.parent
      using
        errcode = 'BS104',
        hint = 'Track every child before its parent. To add one to a tracked parent: create it without "inherits", track it, then alter table … inherit.';
  end loop;
end
$function$;
