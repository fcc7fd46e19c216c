import { createBackstory } from 'backstory'
import pg from 'pg'

import { openPool } from '../databases.ts'
import type { Capture } from './capture.ts'

/** An entry as Backstory wrote it, each column as an SQL literal would have it. */
export interface ReadyEntry {
  readonly id?: string
  readonly action: string
  readonly user_id: string | null
  readonly changes: string | null
  readonly context: string | null
}

/**
 * What any capture in the transaction has to pay: a row trigger that inserts one entry, ready-made but for the id of the
 * element, so that it lands in the index where a capture's does, into the log of Backstory itself with all its indexes.
 * The entry is of the size that Backstory's has for the same write; see `readyEntry`.
 */
export const limit: Capture = {
  name: 'limit',
  install: async ({ client, connection }) => {
    const pool = openPool(connection)
    await createBackstory(pool).install()
    await pool.end()
    await client.query(triggerFunction({ action: 'update', user_id: null, changes: '{}', context: null }))
    await client.query(`
      create trigger capture after insert or update or delete on public.elements
      for each row execute function public.insert_ready_entry()`)
  },
  logTables: ['public.audit_logs'],
}

/** Lets the limit insert this entry from now on. */
export async function readyEntry(client: pg.Client, entry: ReadyEntry): Promise<void> {
  await client.query(triggerFunction(entry))
}

/** The entry that Backstory wrote last. */
export async function readLastEntry(client: pg.Client): Promise<ReadyEntry | undefined> {
  const { rows } = await client.query<ReadyEntry>(`
    select a.id::text, a.action::text, a.user_id, a.changes::text, a.context::text
    from public.audit_logs a
    order by a.id desc
    limit 1`)
  return rows[0]
}

function triggerFunction({ action, user_id: userId, changes, context }: ReadyEntry): string {
  const literal = (value: string | null) => (value === null ? 'null' : pg.escapeLiteral(value))
  const row = action === 'delete' ? 'old' : 'new'
  return `
    create or replace function public.insert_ready_entry() returns trigger language plpgsql as $function$
    begin
      insert into public.audit_logs (element_type, element_id, user_id, action, changes, context)
      values ('elements', ${row}.id::text, ${literal(userId)}, ${literal(action)}, ${literal(changes)}, ${literal(context)});
      return null;
    end
    $function$`
}
