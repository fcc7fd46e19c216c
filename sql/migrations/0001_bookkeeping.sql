-- What is installed here: each migration that was applied, each function and its version.

create table backstory.migrations (
  number integer not null,
  name text not null,
  applied_at timestamptz not null default clock_timestamp(),
  constraint migrations_pkey primary key (number)
);
comment on table backstory.migrations is 'The numbered migrations that were applied to this database.';

create table backstory.functions (
  name text not null,
  version integer not null,
  constraint functions_pkey primary key (name)
);
comment on table backstory.functions is 'The functions of Backstory in this database, with their versions.';
