import type pg from 'pg'

import { createTable, formatTable } from '../print/page.ts'
import type { Replayed } from './replay-edits.ts'

/** What the replay took, in time and in space. */
export async function reportReplay(pool: pg.Pool, { lines, durationMs }: Replayed): Promise<string> {
  const operations = lines.flatMap((line) => line.operations)
  const { rows: sizes } = await pool.query<Record<'total' | 'indexes', string>>(
    `select pg_total_relation_size('audit_logs') as total, pg_indexes_size('audit_logs') as indexes`,
  )
  const { rows: actions } = await pool.query<Record<'action' | 'entries' | 'changes', string>>(
    `select action, count(*) as entries, avg(pg_column_size(changes)) as changes
     from audit_logs
     group by action
     order by count(*) desc`,
  )
  const [size] = sizes
  const entries = actions.reduce((sum, action) => sum + Number(action.entries), 0)

  const table = createTable(
    ['action', 'entries', 'bytes of changes', 'bytes of whole documents'],
    [10, 12, 20, 30],
  )
  for (const { action, entries: count, changes } of actions) {
    const same = operations.filter((operation) => operation.action === action)
    const images = same.reduce((sum, { imageBytes }) => sum + imageBytes, 0) / Math.max(same.length, 1)
    table.push([action, format(count), format(changes), format(images)])
  }
  return [
    `${format(operations.length)} operations in ${format(lines.length)} transactions, ` +
      `${(durationMs / 1000).toFixed(1)} s: ${format((operations.length / durationMs) * 1000)} operations/s`,
    `${formatMegabytes(size?.total)} of log, ${formatMegabytes(size?.indexes)} of it indexes: ` +
      `${format(Number(size?.total) / Math.max(entries, 1))} bytes an entry in all`,
    '',
    formatTable(table),
  ].join('\n')
}

function format(value: string | number): string {
  return Math.round(Number(value)).toLocaleString('en')
}

function formatMegabytes(bytes: string | undefined): string {
  return `${(Number(bytes) / 1e6).toFixed(1)} MB`
}
