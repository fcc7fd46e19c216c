-- Whether a table was empty when it was tracked first: then a row without entries has escaped the log.

alter table backstory.tracked add column was_empty boolean not null default false;
comment on column backstory.tracked.was_empty is
  'Whether the table held no row when it was tracked first, so that every row must have entries.';
