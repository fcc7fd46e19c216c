/** How times are written for a reader. */
export interface TimeFormat {
  /** A BCP 47 language tag; undefined: the browser's. */
  readonly locale: string | undefined
  /** An IANA name; undefined: the browser's. */
  readonly timeZone: string | undefined
}

/** `2026-01-31T14:05:00`: what clocks show at a moment where the reader is. */
export function formatLocal(timestamp: string, { timeZone }: TimeFormat): string {
  return write(timestamp, 'sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).replace(' ', 'T')
}

/** `2026-01-31`: the day of a timestamp where the reader is. */
export function formatDay(timestamp: string, time: TimeFormat): string {
  return formatLocal(timestamp, time).slice(0, 10)
}

/** The heading of a day: `Today`, `Yesterday`, `Saturday, 31 January`, with the year where it is another one. */
export function nameDay(day: string, today: string, { locale }: TimeFormat): string {
  const noon = `${day}T12:00:00Z`
  const daysAgo = Math.round((Date.parse(`${today}T12:00:00Z`) - Date.parse(noon)) / 86_400_000)
  if (daysAgo === 0 || daysAgo === 1) {
    const word = relativeFormat(locale).format(-daysAgo, 'day')
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1)
  }
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: 'numeric' } as const)
  return write(noon, locale, { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', ...year })
}

/** `14:05`: the time of day, as the reader's language writes it. */
export function formatClock(timestamp: string, { locale, timeZone }: TimeFormat): string {
  return write(timestamp, locale, { timeZone, hour: '2-digit', minute: '2-digit' })
}

/** Date and time in full, to the second. */
export function formatMoment(timestamp: string, { locale, timeZone }: TimeFormat): string {
  return write(timestamp, locale, { timeZone, dateStyle: 'long', timeStyle: 'medium' })
}

/** Date and time in short: `31 Jan 2026, 14:05`. */
export function formatShortMoment(timestamp: string, { locale, timeZone }: TimeFormat): string {
  return write(timestamp, locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' })
}

/** How long ago, in the largest unit that is at least one: `3 hours ago`. */
export function formatAgo(timestamp: string, nowMs: number, { locale }: TimeFormat): string {
  const seconds = Math.round((Date.parse(timestamp) - nowMs) / 1000)
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relativeFormat(locale).format(Math.trunc(seconds / size), unit)
  }
  return relativeFormat(locale).format(0, 'second')
}

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

// making a format costs a hundred times what using it does
const formats = new Map<string, Intl.DateTimeFormat>()
const relativeFormats = new Map<string | undefined, Intl.RelativeTimeFormat>()

function write(timestamp: string, locale: string | undefined, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([locale, options])
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(key, format)
  const date = new Date(timestamp)
  // what somebody has typed may be no time
  return Number.isNaN(date.valueOf()) ? timestamp : format.format(date)
}

function relativeFormat(locale: string | undefined): Intl.RelativeTimeFormat {
  const format = relativeFormats.get(locale) ?? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  relativeFormats.set(locale, format)
  return format
}
