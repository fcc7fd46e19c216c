-- Names of versions are taken back, not deleted: who took one back, and when, stays beside what it named.

alter table backstory.versions
  add column forgotten_by text,
  add column forgotten_at timestamptz(6),
  -- nobody takes back what holds
  add constraint versions_forgotten check (forgotten_at is not null or forgotten_by is null);
comment on column backstory.versions.forgotten_at is
  'When the name was taken back; null: it holds. What was taken back is not shown, and its name is free again.';
comment on column backstory.versions.forgotten_by is 'Who took it back; null where nobody was named.';

-- Of one version, and no longer of an element: a name that somebody does not see must not be in his way. That names of an
-- element differ as far as somebody sees them is asked when one is given.
alter table backstory.versions drop constraint versions_name;
create unique index versions_name on backstory.versions (element_id, element_type, name, entry_id)
where forgotten_at is null;
