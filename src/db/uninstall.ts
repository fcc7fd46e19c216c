import { BackstoryError } from '../core/errors.ts'
import { refuseUnknownOptions } from '../core/option-names.ts'
import type { Client } from './client.ts'
import { quoteIdentifier, sql } from './sql.ts'

/** What `uninstall` may take with it. */
export interface UninstallOptions {
  /** `drop` destroys the log too. Default: `keep`. */
  readonly log?: 'keep' | 'drop'
}

/**
 * Removes triggers, functions, settings and names of versions; keeps `audit_logs` unless told otherwise. Takes an exclusive lock on
 * every tracked table for a moment. Not installed is a no-op.
 *
 * @throws BackstoryError `invalid_argument`, `permission_denied`
 */
export async function uninstall(client: Client, schema: string, options: UninstallOptions): Promise<void> {
  refuseUnknownOptions('uninstall', options, ['log'])
  const log: unknown = options.log ?? 'keep'
  if (log !== 'keep' && log !== 'drop') {
    throw new BackstoryError(
      'invalid_argument',
      `The option log of uninstall is keep or drop; it is ${JSON.stringify(log)}.`,
    )
  }
  await client.transaction(async (transaction) => {
    await transaction.query(sql`select pg_advisory_xact_lock(hashtext(${`backstory ${schema}`}))::text`)
    const [found] = await transaction.query(
      sql`select (to_regclass(${`${schema}.migrations`}) is not null)::text as installed`,
    )
    if (found?.['installed'] === 'true') {
      await transaction.run(`drop event trigger if exists ${quoteIdentifier(`${schema}_follow_ddl`)};`)
      await transaction.run(dropMachinery)
    }
    if (log === 'drop') {
      await transaction.run(
        'drop table if exists public.audit_logs;\ndrop domain if exists public.audit_action;',
      )
    }
    await transaction.run(dropSchemaIfEmpty(schema))
  })
}

// the functions take the triggers that call them with them
const dropMachinery = `
do $uninstall$
declare
  own_schema oid := (select c.relnamespace from pg_class c where c.oid = 'backstory.tracked'::regclass);
  routine record;
  own_table regclass;
begin
  for routine in
    select p.oid::regprocedure as signature
    from pg_proc p
    where p.pronamespace = own_schema
    order by p.prokind = 'a' desc
  loop
    execute format('drop routine if exists %s cascade', routine.signature);
  end loop;
  for own_table in
    select c.oid::regclass
    from pg_class c
    where c.relnamespace = own_schema and c.relkind in ('r', 'p') and c.relname <> 'audit_logs'
  loop
    execute format('drop table if exists %s cascade', own_table);
  end loop;
end
$uninstall$;`

function dropSchemaIfEmpty(schema: string): string {
  return `
do $uninstall$
begin
  if to_regnamespace('${schema}') is not null then
    drop schema ${quoteIdentifier(schema)};
  end if;
exception
  when dependent_objects_still_exist then null; -- the log that is kept lives there
end
$uninstall$;`
}
