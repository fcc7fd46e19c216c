-- The log (public API) and what the machinery remembers of the tables that it tracks.

-- A domain and not a check constraint: PostgreSQL parses the stored text of a table's check constraints anew for
-- every statement (about 10 µs an entry), a domain's checks once per session.
do $migration$
begin
  create domain public.audit_action as text collate "C"
    constraint audit_action_known
    check (value in ('insert', 'update', 'delete', 'read', 'snapshot', 'erase'));
exception
  when duplicate_object then null; -- the log was kept by an earlier uninstallation
end
$migration$;

-- Names and keys compare bytewise (collate "C"): an update of the operating system's or ICU's collations must not
-- invalidate the indexes of a log that is kept for decades. The wide column comes last but one, fixed widths first.
create table if not exists public.audit_logs (
  id bigint generated always as identity,
  element_type text collate "C" not null,
  element_id text collate "C" not null,
  scope text,
  user_id text,
  "timestamp" timestamptz(6) not null default clock_timestamp(),
  action public.audit_action not null,
  changes jsonb,
  transaction_id xid8 not null default pg_current_xact_id(),
  context jsonb,
  constraint audit_logs_pkey primary key (id)
);

comment on table public.audit_logs is
  'Backstory: one row an entry, one entry an action on an element. Append-only.';
comment on column public.audit_logs.id is 'Order of capture; never reused.';
comment on column public.audit_logs.element_type is
  'The table of the element, schema-qualified where the schema is not public.';
comment on column public.audit_logs.element_id is
  'The primary key as text; a composite key as the text of a JSON array in key order.';
comment on column public.audit_logs.scope is 'What the element belongs to: a world, a tenant.';
comment on column public.audit_logs.user_id is 'The actor; null when nobody was named.';
comment on column public.audit_logs."timestamp" is 'The clock at capture.';
comment on column public.audit_logs.changes is
  '{"before": …, "after": …}: only what changed; {"redacted": […]} names the columns whose values are withheld.';
comment on column public.audit_logs.transaction_id is 'The database transaction that wrote the element and this entry.';
comment on column public.audit_logs.context is 'The circumstances: requestId, reason, ip …';

-- Serves the first question of all, `where element_id = …`, with and without the type, in order of id.
create index if not exists audit_logs_element on public.audit_logs (element_id, element_type, id);

-- Serves `where transaction_id = …`, and watch, which asks for what became visible between two snapshots.
create index if not exists audit_logs_transaction on public.audit_logs (transaction_id);

-- lz4 costs an insert half of what pglz does; a server that was built without it keeps its default.
do $migration$
begin
  alter table public.audit_logs alter column changes set compression lz4;
exception
  when feature_not_supported then null;
end
$migration$;

create table backstory.settings (
  only_row boolean not null default true,
  context text not null default 'optional',
  capture text not null,
  constraint settings_pkey primary key (only_row),
  constraint settings_only_row check (only_row),
  constraint settings_context_known check (context in ('optional', 'required')),
  constraint settings_capture_known check (capture in ('compiled', 'generic'))
);
comment on table backstory.settings is 'One row: the policies of this installation.';
comment on column backstory.settings.capture is
  'compiled: functions made for each table, remade by an event trigger when the table changes; generic: functions that look at the table at every row, where event triggers may not be created.';

create table backstory.tracked (
  id integer generated always as identity,
  table_schema text not null,
  table_name text not null,
  element_type text collate "C" not null,
  key_columns text[] not null,
  options jsonb not null,
  columns jsonb not null,
  function_name text not null,
  active boolean not null default true,
  constraint tracked_pkey primary key (id),
  constraint tracked_has_key check (cardinality(key_columns) > 0),
  constraint tracked_options_object check (jsonb_typeof(options) = 'object'),
  constraint tracked_columns_array check (jsonb_typeof(columns) = 'array')
);
comment on table backstory.tracked is
  'The tables that are or were tracked, by name: no OID is stored, so that a dump restores anywhere.';
comment on column backstory.tracked.columns is
  'The columns as capture knows them, in order: [{"name", "number", "type"}]. What differs from the catalog has changed since.';
create unique index tracked_active_table on backstory.tracked (table_schema, table_name) where active;

create table backstory.schema_changes (
  id bigint not null,
  tracked_id integer not null,
  "timestamp" timestamptz not null default clock_timestamp(),
  kind text not null,
  old_name text,
  new_name text,
  constraint schema_changes_pkey primary key (id),
  constraint schema_changes_tracked foreign key (tracked_id) references backstory.tracked (id),
  constraint schema_changes_kind_known check (
    kind in (
      'tracked', 'untracked', 'table_renamed',
      'column_added', 'column_dropped', 'column_renamed', 'column_retyped'
    )
  )
);
comment on table backstory.schema_changes is
  'What happened to tracked tables themselves, so that history can be read in the names of today.';
comment on column backstory.schema_changes.id is
  'Drawn from the sequence of audit_logs.id: entries of this table with a lower id came before the change, since the change excluded writers.';
create index schema_changes_tracked_id on backstory.schema_changes (tracked_id, id);
