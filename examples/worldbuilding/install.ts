import { readFile } from 'node:fs/promises'

import type { Backstory } from 'backstory'
import type pg from 'pg'

/** Creates the tables of the application, installs Backstory, and tracks every table. */
export async function installApplication(pool: pg.Pool, backstory: Backstory<pg.Pool>): Promise<void> {
  await pool.query(await readFile(new URL('schema.sql', import.meta.url), 'utf8'))
  // the history of this application is asked by actor and by type
  await backstory.install({ indexes: ['user', 'type', 'time'] })
  await backstory.track('authors', { label: 'name' })
  await backstory.track('worlds', { scope: 'id', label: 'name' })
  await backstory.track('world_elements', {
    scope: 'world_id',
    label: 'name',
    ignore: ['updated_at'],
    redact: ['secret_notes'],
  })
  await backstory.track('relations')
  await backstory.track('tags', { scope: 'world_id', label: 'name' })
  await backstory.track('element_tags')
  // a secret belongs to its owner: whoever sees other scopes sees no version of it
  await backstory.track('secrets', { scope: 'owner_id' })
}
