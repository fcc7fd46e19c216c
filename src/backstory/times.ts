import { BackstoryError } from '../core/errors.ts'

/** A moment: a `Date` (milliseconds), or ISO 8601 text (microseconds): `2026-01-31`, `2026-01-31T12:00:00.123456Z`. */
export type Time = Date | string

/**
 * The text of a moment for PostgreSQL. A date alone is its beginning in UTC; a time without an offset is UTC too,
 * so that the answer does not depend on the machine.
 *
 * @throws BackstoryError `invalid_argument` for anything else
 */
export function formatTime(time: Time, name: string): string {
  if (typeof time === 'string') {
    const [, date, clock, offset] = isoTime.exec(time) ?? []
    if (date !== undefined && isDate(date)) return `${date}T${clock ?? '00:00'}${offset ?? 'Z'}`
  } else if (time instanceof Date && !Number.isNaN(time.getTime())) {
    const text = time.toISOString()
    if (isDate(text.slice(0, 10))) return text
  }
  throw new BackstoryError(
    'invalid_argument',
    `${name} must be a Date or ISO 8601 text such as 2026-01-31T12:00:00Z; it is ${String(time)}.`,
  )
}

// Date takes the 31st of February for the 3rd of March, PostgreSQL has no year 0
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

const isoTime =
  /^(\d{4}-\d{2}-\d{2})(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)(Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?)?$/
