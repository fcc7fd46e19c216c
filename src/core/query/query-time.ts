import { BackstoryError } from '../errors.ts'

/** A time of a query: an ISO 8601 text, or so long before now. */
export type QueryTime = { readonly iso: string } | { readonly agoMs: number }

/**
 * Reads the time of `since:` or `until:`: ISO 8601, or `30m`, `24h`, `7d`, `2w`, `1y` ago.
 *
 * @throws BackstoryError `invalid_query`
 */
export function parseQueryTime(text: string, name: string, position = 0): QueryTime {
  const [, count, unit] = /^(\d{1,6})([mhdwy])$/.exec(text) ?? []
  if (count !== undefined && isUnit(unit)) {
    const agoMs = Number(count) * unitsMs[unit]
    // the calendar of both sides ends there
    if (agoMs < 1900 * unitsMs.y) return { agoMs }
  } else if (isIsoTime(text)) {
    return { iso: text }
  }
  throw new BackstoryError(
    'invalid_query',
    `${name}: takes a time such as 2026-01-31 or 2026-01-31T12:00Z, or how long ago: 30m, 24h, 7d, 2w, 1y; not ${text}.`,
    { details: { position } },
  )
}

const unitsMs = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
} as const

function isUnit(unit: string | undefined): unit is keyof typeof unitsMs {
  return unit !== undefined && Object.hasOwn(unitsMs, unit)
}

function isIsoTime(text: string): boolean {
  const [, date] = isoTime.exec(text) ?? []
  if (date === undefined || date.startsWith('0000')) return false
  const read = new Date(date)
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(date)
}

const isoTime =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?)?$/
