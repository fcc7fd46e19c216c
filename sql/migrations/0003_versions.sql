-- What people say about the log: names of versions. And what was answered to a request that is to be done only once.

create table backstory.versions (
  id bigint generated always as identity,
  element_type text collate "C" not null,
  element_id text collate "C" not null,
  entry_id bigint not null,
  name text not null,
  user_id text,
  "timestamp" timestamptz(6) not null default clock_timestamp(),
  constraint versions_pkey primary key (id),
  constraint versions_name unique (element_id, element_type, name),
  constraint versions_name_filled check (name <> '')
);
comment on table backstory.versions is
  'Names that people gave to versions of elements: to what an element was right after an entry.';

create table backstory.answers (
  key text collate "C" not null,
  fingerprint text not null,
  answer text not null,
  "timestamp" timestamptz(6) not null default clock_timestamp(),
  constraint answers_pkey primary key (key)
);
comment on table backstory.answers is
  'What was written for a request with a key of its own, so that a repetition writes nothing. Kept for a day.';
create index answers_timestamp on backstory.answers ("timestamp");
