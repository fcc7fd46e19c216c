-- The state after many changes, from no element on: backstory.apply_all(changes order by id).
-- version: 1
--
-- Begins with the changes of an insert or a snapshot. Null over no rows.
create or replace aggregate backstory.apply_all(changes jsonb) (
  sfunc = backstory.apply,
  stype = jsonb,
  parallel = safe
);
