import { cpus, loadavg } from 'node:os'

import type pg from 'pg'

import { openClient } from './databases.ts'
import type { Workplace } from './scenario.ts'

/** Under what conditions the figures of a run are taken, each as `name=value`. */
export async function readCircumstances(
  connection: pg.ClientConfig,
  { rounds, writes, quick }: Workplace,
): Promise<readonly string[]> {
  const client = await openClient(connection)
  const { rows } = await client.query<{ text: string }>(`
    select name || '=' || current_setting(name) as text
    from pg_settings
    where
      name in (
        'server_version', 'synchronous_commit', 'fsync', 'full_page_writes', 'wal_level', 'wal_compression',
        'shared_buffers', 'max_wal_size', 'checkpoint_timeout', 'autovacuum', 'jit', 'default_toast_compression'
      )
    order by name`)
  await client.end()
  const [processor] = cpus()
  return [
    ...rows.map(({ text }) => text),
    `node=${process.versions.node}`,
    `processors=${cpus().length} × ${processor?.model ?? 'unknown'}`,
    `load=${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
    `writes=${writes}`,
    `rounds=${rounds}${quick ? ' (quick: its figures mean nothing)' : ''}`,
  ]
}
