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
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString()
  if (typeof time === 'string') {
    const [, date, clock, offset] = isoTime.exec(time) ?? []
    if (date !== undefined && !Number.isNaN(Date.parse(date)))
      return `${date}T${clock ?? '00:00'}${offset ?? 'Z'}`
  }
  throw new BackstoryError(
    'invalid_argument',
    `${name} must be a Date or ISO 8601 text such as 2026-01-31T12:00:00Z; it is ${String(time)}.`,
  )
}

const isoTime =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/
