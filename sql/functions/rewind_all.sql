-- The state before many changes, from `state` back: backstory.rewind_all(state, changes order by id desc).
-- version: 1
--
-- `state` is the one after the newest of these changes; that of the first row counts. Over no rows it is null, as every
-- aggregate: coalesce(backstory.rewind_all(state, …), state) is then right only if none of the rows is an insert.
create or replace aggregate backstory.rewind_all(state jsonb, changes jsonb) (
  sfunc = backstory.advance_rewind,
  stype = jsonb,
  finalfunc = backstory.finish_rewind,
  parallel = safe
);
