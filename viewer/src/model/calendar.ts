import { formatLocal, type TimeFormat } from './format-time.ts'

/** One day of a calendar. */
export interface CalendarDay {
  /** `2026-01-31`. */
  readonly day: string
  readonly count: number
  /** 0: nothing, to 4: among the busiest. */
  readonly level: number
  /** Which week from the left. */
  readonly column: number
  /** Monday is 0. */
  readonly row: number
}

/**
 * The days of a number of weeks that end with `today`, as columns of weeks that begin on Monday. Levels are quarters of
 * the busy days, so that one extraordinary day does not make all others pale.
 */
export function layOutCalendar(
  counts: ReadonlyMap<string, number>,
  { today, weeks }: { readonly today: string; readonly weeks: number },
): readonly CalendarDay[] {
  const last = Date.parse(`${today}T00:00:00Z`)
  const rowOfToday = (new Date(last).getUTCDay() + 6) % 7
  const length = (weeks - 1) * 7 + rowOfToday + 1
  const days = Array.from({ length }, (_, index) =>
    new Date(last - (length - 1 - index) * dayMs).toISOString().slice(0, 10),
  )
  const busy = days
    .map((day) => counts.get(day) ?? 0)
    .filter((count) => count > 0)
    .toSorted((one, other) => one - other)
  return days.map((day, index) => {
    const count = counts.get(day) ?? 0
    return { day, count, level: levelOf(count, busy), column: Math.floor(index / 7), row: index % 7 }
  })
}

const dayMs = 86_400_000

function levelOf(count: number, busy: readonly number[]): number {
  if (count === 0) return 0
  const rank = busy.findLastIndex((other) => other <= count) + 1
  return Math.max(1, Math.ceil((rank / busy.length) * 4))
}

/** The day after: where a filter of one day ends. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10)
}

/** When a day begins where the reader is: at midnight, or where clocks jump over midnight, when they have. */
export function startOfDay(day: string, time: TimeFormat): string {
  return momentOf(`${day}T00:00`, time)
}

/**
 * When clocks show a time where the reader is, `2026-01-31T14:05`, or first show a later one where they jump over it. One
 * of the two moments where an hour comes twice.
 */
export function momentOf(local: string, time: TimeFormat): string {
  const middle = Date.parse(`${local}Z`)
  // no clock is further from UTC
  let [low, high] = [middle - 15 * hourMs, middle + 15 * hourMs]
  while (low < high) {
    const between = Math.floor((low + high) / 2000) * 1000
    if (formatLocal(toIso(between), time) < local) low = between + 1000
    else high = between
  }
  return toIso(low)
}

const hourMs = 3_600_000

function toIso(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '')
}
