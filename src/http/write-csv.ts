import type { Entry } from '../core/entry.ts'
import { formatJson } from '../core/json.ts'
import { fieldsOf } from './bodies.ts'

/** The first line of a CSV export (RFC 4180). */
export const csvHeader =
  'id,timestamp,userId,action,elementType,elementId,scope,transactionId,fields,before,after,redacted,context\r\n'

/**
 * One entry as a line of CSV (RFC 4180). Null is an empty cell. What a spreadsheet would take for a formula begins with
 * an apostrophe: `=`, `+`, `-`, `@`, a tab or a line break in front.
 */
export function writeCsvRow(entry: Entry): string {
  const { id, timestamp, userId, action, elementType, elementId, scope, transactionId, changes, context } =
    entry
  const { before, after, redacted } = changes ?? {}
  const cells = [
    id,
    timestamp,
    userId,
    action,
    elementType,
    elementId,
    scope,
    transactionId,
    fieldsOf(changes).join(' '),
    before === undefined ? null : formatJson(before),
    after === undefined ? null : formatJson(after),
    redacted === undefined ? null : redacted.join(' '),
    context === null ? null : formatJson(context),
  ]
  return `${cells.map((cell) => writeCell(cell ?? '')).join(',')}\r\n`
}

function writeCell(text: string): string {
  const harmless = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
