/** How times are written for a reader. */
export interface TimeFormat {
  /** A BCP 47 language tag; undefined: the browser's. */
  readonly locale: string | undefined
  /** An IANA name; undefined: the browser's. */
  readonly timeZone: string | undefined
}

/** `2026-01-31`: the day of a timestamp where the reader is. */
export function formatDay(timestamp: string, { timeZone }: TimeFormat): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(new Date(timestamp))
}

/** The heading of a day: `Today`, `Yesterday`, `Saturday, 31 January`, with the year where it is another one. */
export function nameDay(day: string, today: string, { locale }: TimeFormat): string {
  const noon = Date.parse(`${day}T12:00:00Z`)
  const daysAgo = Math.round((Date.parse(`${today}T12:00:00Z`) - noon) / 86_400_000)
  if (daysAgo === 0 || daysAgo === 1) {
    const word = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-daysAgo, 'day')
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1)
  }
  return new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' }),
  }).format(noon)
}

/** `14:05`: the time of day, as the reader's language writes it. */
export function formatClock(timestamp: string, { locale, timeZone }: TimeFormat): string {
  return new Intl.DateTimeFormat(locale, { timeZone, hour: '2-digit', minute: '2-digit' }).format(
    new Date(timestamp),
  )
}

/** Date and time in full, to the second. */
export function formatMoment(timestamp: string, { locale, timeZone }: TimeFormat): string {
  return new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'long', timeStyle: 'medium' }).format(
    new Date(timestamp),
  )
}

/** Date and time in short: `31 Jan 2026, 14:05`. */
export function formatShortMoment(timestamp: string, { locale, timeZone }: TimeFormat): string {
  return new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(timestamp),
  )
}

/** How long ago, in the largest unit that is at least one: `3 hours ago`. */
export function formatAgo(timestamp: string, nowMs: number, { locale }: TimeFormat): string {
  const seconds = Math.round((Date.parse(timestamp) - nowMs) / 1000)
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return format.format(0, 'second')
}

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const
