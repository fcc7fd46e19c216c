-- The tables of a small application for people who invent worlds together. Nothing in it knows of Backstory.

create table authors (
  id text primary key,
  name text not null
);

create table worlds (
  id integer generated always as identity primary key,
  name text not null unique,
  premise text not null
);

create table world_elements (
  id uuid primary key default gen_random_uuid(),
  world_id integer not null references worlds on delete cascade,
  kind text not null check (kind in ('character', 'place', 'faction', 'item', 'event', 'lore')),
  name text not null,
  summary text not null default '',
  body text not null default '',
  attributes jsonb not null default '{}',
  place_id uuid references world_elements on delete set null,
  author_id text references authors on delete set null,
  secret_notes text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (world_id, name)
);
create index on world_elements (place_id);

create table relations (
  id integer generated always as identity primary key,
  from_id uuid not null references world_elements on delete cascade,
  to_id uuid not null references world_elements on delete cascade,
  kind text not null,
  unique (from_id, to_id, kind)
);
create index on relations (to_id);

create table tags (
  id integer generated always as identity primary key,
  world_id integer not null references worlds on delete cascade,
  name text not null,
  unique (world_id, name)
);

create table element_tags (
  element_id uuid references world_elements on delete cascade,
  tag_id integer references tags on delete cascade,
  primary key (element_id, tag_id)
);
create index on element_tags (tag_id);

create table secrets (
  element_id uuid references world_elements on delete cascade,
  owner_id text references authors on delete cascade,
  body text not null,
  primary key (element_id, owner_id)
);
create index on secrets (owner_id);
