import { styleText } from 'node:util'

import { createTable, formatTable, pageWidth, shorten, shortenIds } from '../../print/page.ts'

/** A row of `audit_logs`, every column as text. */
export type LogRow = Readonly<Record<keyof typeof columns | 'changes' | 'context', string | null>>

/** The rows of `select * from audit_logs`: two lines each, the second for the two columns of JSON. */
export function formatLogRows(rows: readonly LogRow[]): string {
  const names = listColumns()
  const table = createTable(Object.values(columns))
  for (const row of rows) {
    table.push(
      names.map((name) => formatCell(name, row[name])),
      [{ colSpan: names.length, content: formatJsonColumn('changes', row.changes) }],
      [{ colSpan: names.length, content: formatJsonColumn('context', row.context) }],
    )
  }
  return formatTable(table)
}

const columns = {
  id: 'id',
  element_type: 'element_type',
  element_id: 'element_id',
  scope: 'scope',
  user_id: 'user_id',
  timestamp: 'timestamp',
  action: 'action',
  transaction_id: 'trans-\naction_id',
}

function listColumns(): readonly (keyof typeof columns)[] {
  return ['id', 'element_type', 'element_id', 'scope', 'user_id', 'timestamp', 'action', 'transaction_id']
}

function formatCell(name: keyof typeof columns, value: string | null): string {
  if (value === null) return styleText('dim', 'null')
  return name === 'timestamp' ? value.slice(11, 23) : shortenIds(value)
}

function formatJsonColumn(name: string, value: string | null): string {
  const text = shorten(shortenIds(value ?? 'null'), pageWidth() - name.length - 7)
  return `    ${styleText('dim', name)} ${text}`
}
