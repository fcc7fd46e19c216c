import type { Client } from './client.ts'
import { quoteIdentifier, sql } from './sql.ts'

/** What `uninstall` may take with it. */
export interface UninstallOptions {
  /** `drop` destroys the log too. Default: `keep`. */
  readonly log?: 'keep' | 'drop'
}

/**
 * Removes triggers, functions and settings; keeps `audit_logs` unless told otherwise. Takes an exclusive lock on
 * every tracked table for a moment. Not installed is a no-op.
 */
export async function uninstall(client: Client, schema: string, options: UninstallOptions): Promise<void> {
  await client.transaction(async (transaction) => {
    await transaction.query(sql`select pg_advisory_xact_lock(hashtext(${`backstory ${schema}`}))::text`)
    const [found] = await transaction.query(
      sql`select (to_regclass(${`${schema}.migrations`}) is not null)::text as installed`,
    )
    if (found?.['installed'] === 'true') {
      await transaction.run(`drop event trigger if exists ${quoteIdentifier(`${schema}_follow_ddl`)};`)
      await transaction.run(dropMachinery)
    }
    if (options.log === 'drop') {
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
  routine record;
begin
  for routine in
    select p.oid::regprocedure as signature
    from pg_proc p
    where p.pronamespace = (select c.relnamespace from pg_class c where c.oid = 'backstory.tracked'::regclass)
    order by p.prokind = 'a' desc
  loop
    execute format('drop routine if exists %s cascade', routine.signature);
  end loop;
  drop table backstory.schema_changes, backstory.tracked, backstory.settings, backstory.functions, backstory.migrations cascade;
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
