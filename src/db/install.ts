import { BackstoryError } from '../core/errors.ts'
import type { Client } from './client.ts'
import { functions, migrations } from './embedded-sql.ts'
import { composeIndexes, forgetIndexes, parseIndexes, type LogIndex } from './indexes.ts'
import { relocate, sql } from './sql.ts'

/** What an installation may decide. What is left out stays as it is; a new installation starts with `optional`. */
export interface InstallOptions {
  /** `required` refuses a write to a tracked table that names no actor. Default: `optional`. */
  readonly context?: 'optional' | 'required'
  /**
   * Which questions an index of the log answers, beside those for an element and for a transaction: `user`, `type`,
   * `time`, `scope`, `context`, `changes`. Others of these are dropped. Each costs every write; creating one makes
   * writers wait while it is built. Default: `['time']` where the log is new.
   */
  readonly indexes?: readonly LogIndex[]
}

/** What is installed in a database: applied migrations and the versions of our functions. */
interface Installation {
  readonly migrations: ReadonlySet<number>
  readonly functions: ReadonlyMap<string, number>
}

/**
 * Installs or brings up to date: migrations, functions, policies, permissions. In one transaction under an advisory
 * lock, so that any number of processes may start at once. Twice is a no-op.
 *
 * @throws BackstoryError `invalid_argument` for an unknown policy, `newer_database` when a newer version of this package
 *   has installed there, `install_failed` when a foreign table has the name of the log, `unsupported_database` when the
 *   server is older than PostgreSQL 14, `permission_denied`, `read_only`
 */
export async function install(client: Client, schema: string, options: InstallOptions): Promise<void> {
  await client.transaction(async (transaction) => {
    // released by the end of the transaction; the number is the one thing that all processes agree on beforehand
    await transaction.query(sql`select pg_advisory_xact_lock(hashtext(${`backstory ${schema}`}))::text`)
    const text = await composeInstallation(transaction, schema, options)
    if (text !== '') await transaction.run(text)
  })
  forgetIndexes(client)
}

/** The SQL that `install` would run now, as text for any other client; empty when there is nothing to do. */
export async function planInstallation(
  client: Client,
  schema: string,
  options: InstallOptions,
): Promise<string> {
  return relocate(await composeInstallation(client, schema, options), schema)
}

// in the literal names, which the client replaces
async function composeInstallation(client: Client, schema: string, options: InstallOptions): Promise<string> {
  await refuseOldServer(client)
  parsePolicy(options.context)
  const wantedIndexes = parseIndexes(options.indexes)
  const installed = await readInstallation(client, schema)
  refuseNewer(installed)
  const pendingMigrations = migrations.filter(({ number }) => !installed.migrations.has(number))
  const pendingFunctions = functions.filter(({ name, version }) => installed.functions.get(name) !== version)
  const policyChanges =
    options.context !== undefined && (await readPolicy(client, installed)) !== options.context
  const isNewLog = pendingMigrations.some(({ name }) => name === 'log')
  const indexes = await composeIndexes(client, wantedIndexes, isNewLog)
  if (pendingMigrations.length + pendingFunctions.length === 0 && !policyChanges) return indexes
  if (isNewLog) await refuseForeignLog(client)
  return [
    'create schema if not exists backstory;',
    '-- functions mention each other in any order\nset local check_function_bodies = off;',
    ...pendingMigrations.map(
      ({ number, name, text }) =>
        `${text}\ninsert into backstory.migrations (number, name)\nvalues (${number}, '${name}');`,
    ),
    // a change of a tracked table's definition makes its capture function anew too: one of the two waits
    'lock table backstory.tracked in exclusive mode;',
    ...pendingFunctions.map(
      ({ name, version, text }) =>
        `${text}\ninsert into backstory.functions (name, version)\nvalues ('${name}', ${version})\non conflict on constraint functions_pkey do update\nset version = excluded.version;`,
    ),
    indexes,
    permissions,
    settle(options.context),
  ]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n')
}

// Everybody may name an actor and read states with his own permissions on the tables; nothing else is anybody's.
const permissions = `
revoke all on all routines in schema backstory from public;
revoke all on public.audit_logs from public;
grant usage on schema backstory to public;
grant select on backstory.tracked, backstory.schema_changes to public;
-- so that a role that may not install can ask whether anything is left to do
grant select on backstory.migrations, backstory.functions, backstory.settings to public;
grant execute on routine
  backstory.set_context(text),
  backstory.carry_context(text, text),
  backstory.carry_context_by_call(text, text),
  backstory.diff(jsonb, jsonb),
  backstory.collect_document(jsonb, text, jsonb, jsonb),
  backstory.collect_differences(jsonb, text, jsonb, jsonb),
  backstory.apply(jsonb, jsonb),
  backstory.apply_all(jsonb),
  backstory.exchange_keys(jsonb, jsonb, jsonb, text[]),
  backstory.rewind(jsonb, jsonb),
  backstory.rewind_all(jsonb, jsonb),
  backstory.element_page(text, text, boolean, bigint, bigint),
  backstory.names_of(text),
  backstory.history_of(text, text),
  backstory.renames_of(integer),
  backstory.columns_of(jsonb, text),
  backstory.keys_of(jsonb),
  backstory.differs_at(jsonb, jsonb, text[]),
  backstory.contains_at(jsonb, text[], jsonb),
  backstory.id_before(timestamptz),
  backstory.strays_of(timestamptz, timestamptz, bigint, bigint),
  backstory.window_of(timestamptz, timestamptz),
  backstory.translate_changes(jsonb, bigint, jsonb),
  backstory.element_id_of(jsonb, text[]),
  backstory.live_row(backstory.tracked, text),
  backstory.state_of_today(backstory.tracked, jsonb, bigint),
  backstory.state_after(text, text, bigint),
  backstory.fold_steps(jsonb, jsonb[], text, text, text),
  backstory.write_gathered(jsonb, jsonb, text, text[], jsonb),
  backstory.document_column(backstory.tracked),
  backstory.states_of(text, bigint, jsonb, jsonb),
  backstory.state_along(jsonb, text, bigint, text[], bigint[], bigint[], jsonb, text),
  backstory.states_along(bigint[], bigint, jsonb, boolean, text[], bigint[], bigint[], jsonb, text),
  backstory.live_rows(backstory.tracked),
  backstory.column_of(text, text),
  backstory.key_expression(text, backstory.tracked),
  backstory.text_expression(text, text, jsonb),
  backstory.type_position_at(text, timestamptz, bigint),
  backstory.position_after_transaction(xid8),
  backstory.known_state(text, text, timestamptz, bigint),
  backstory.states_then(text, timestamptz, bigint, jsonb),
  backstory.scope_states(text, timestamptz, bigint, jsonb),
  backstory.references_of(backstory.tracked),
  backstory.blame(text, text, bigint),
  backstory.position_at(text, text, timestamptz),
  backstory.image_of(anyelement),
  backstory.row_of(anyelement, jsonb),
  backstory.table_of_entry(text, bigint),
  backstory.primary_key_of(oid),
  backstory.undo_table(integer),
  backstory.record_reads(text, jsonb, jsonb),
  backstory.relation_of(text),
  backstory.misfit(jsonb, jsonb, jsonb),
  backstory.leaves_of(jsonb),
  backstory.last_mention(backstory.tracked, text, bigint, text[]),
  backstory.columns_in(jsonb, text[]),
  backstory.checked_row(backstory.tracked, text),
  backstory.state_before(backstory.tracked, text, bigint, text[]),
  backstory.check_elements(integer, jsonb),
  backstory.rows_without_entries(integer, text, integer),
  backstory.listened_table(text, text),
  backstory.announced_rows(backstory.tracked, text[], text, text, text, text),
  backstory.listened_image(oid, boolean),
  backstory.photographed_rows(backstory.tracked, jsonb, integer[], text),
  backstory.compared_rows(backstory.tracked, jsonb, integer[], jsonb, boolean),
  backstory.photograph(jsonb, text, text, integer, boolean),
  backstory.group_table(jsonb),
  backstory.refuse_short_key(jsonb),
  backstory.photograph_setting(integer),
  backstory.last_entry(),
  backstory.renewed_images(jsonb, jsonb, bigint),
  backstory.photographed_groups(jsonb),
  backstory.record_flush(jsonb, integer, text, text),
  backstory.record_groups(jsonb, jsonb, text, text),
  backstory.row_function(text, text, text),
  backstory.write_flush(integer[], integer[], jsonb[], jsonb[], text, text)
to public;`

// compiled or generic is found out by trying; every capture function is made anew by the functions of this version
function settle(context: InstallOptions['context']): string {
  return `
insert into backstory.settings (capture)
values ('generic')
on conflict on constraint settings_pkey do nothing;

update backstory.settings
set capture = backstory.enable_following()${context === undefined ? '' : `, context = '${context}'`};

select backstory.follow();

select case when t.options ? 'capture' then backstory.compile_listening(t) else backstory.compile_capture(t.id) end
from backstory.tracked t
where t.active;`
}

async function readInstallation(client: Client, schema: string): Promise<Installation> {
  const [exists] = await client.query(
    sql`select (to_regclass(${`${schema}.migrations`}) is not null and to_regclass(${`${schema}.functions`}) is not null)::text as found`,
  )
  if (exists?.['found'] !== 'true') return { migrations: new Set(), functions: new Map() }
  const applied = await client.query(sql`select number::text from backstory.migrations`)
  const versions = await client.query(sql`select name, version::text from backstory.functions`)
  return {
    migrations: new Set(applied.map((row) => Number(row['number']))),
    functions: new Map(versions.map((row) => [row['name'] ?? '', Number(row['version'])])),
  }
}

async function readPolicy(client: Client, installed: Installation): Promise<string | undefined> {
  if (installed.migrations.size === 0) return undefined
  const [row] = await client.query(sql`select context from backstory.settings`)
  return row?.['context'] ?? undefined
}

async function refuseOldServer(client: Client): Promise<void> {
  const [row] = await client.query(
    sql`select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  )
  if (Number(row?.['number']) >= 140_000) return
  throw new BackstoryError(
    'unsupported_database',
    `PostgreSQL ${row?.['name'] ?? 'of this version'} is too old: Backstory needs 14 or later.`,
  )
}

function parsePolicy(context: unknown): void {
  if (context === undefined || context === 'optional' || context === 'required') return
  throw new BackstoryError(
    'invalid_argument',
    `The policy context is optional or required; it is ${JSON.stringify(context)}.`,
  )
}

function refuseNewer(installed: Installation): void {
  const newestMigration = migrations.length
  const newer =
    [...installed.migrations].some((number) => number > newestMigration) ||
    [...installed.functions].some(([name, version]) => version > (versionOf(name) ?? 0))
  if (!newer) return
  throw new BackstoryError(
    'newer_database',
    `The database was installed by a newer version of backstory than this code (which knows ${newestMigration} migrations). Update the package everywhere; nothing was changed.`,
  )
}

function versionOf(name: string): number | undefined {
  return functions.find((embedded) => embedded.name === name)?.version
}

async function refuseForeignLog(client: Client): Promise<void> {
  const [row] = await client.query(sql`
    select (c.oid is not null and coalesce(obj_description(c.oid), '') not like 'Backstory:%')::text as foreign
    from (select to_regclass('public.audit_logs')) as log (oid)
    join pg_class c on c.oid = log.oid`)
  if (row?.['foreign'] !== 'true') return
  throw new BackstoryError(
    'install_failed',
    'There is a table public.audit_logs already, and it is not of Backstory. Rename it, or install into a schema of its own: createBackstory(database, { schema: "audit" }).',
  )
}
