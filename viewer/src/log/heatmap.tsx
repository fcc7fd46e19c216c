import type { JSX } from 'preact'

import type { Filter } from '../api/api.ts'
import { dayAfter, layOutCalendar, startOfDay } from '../model/calendar.ts'
import { formatDay, nameDay } from '../model/format-time.ts'
import { valuesOf, withTime } from '../model/query-chips.ts'
import { useLastAnswer, useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'
import type { Navigation } from './navigation.ts'
import { useSignal } from '../shell/signal.ts'

const weeks = 26
const cellPx = 11
const gapPx = 3

/** The activity of half a year, day by day; a day is a filter. The busiest days are listed too, for those who see no colours. */
export function Heatmap({
  navigation,
  filter,
}: {
  readonly navigation: Navigation
  readonly filter: Filter
}): JSX.Element | null {
  const viewer = useViewer()
  const { api } = viewer
  const zone = zoneOf(viewer.time.timeZone)
  // counted, named and filtered by the same days
  const time = { ...viewer.time, timeZone: zone }
  const [requested] = useRequest(JSON.stringify([filter, zone]), (signal) =>
    api.activity({ ...filter, by: 'day', timeZone: zone }, signal),
  )
  const { query } = useSignal(navigation.state)
  const activity = useLastAnswer(requested)
  if (activity === null) return null
  const today = formatDay(new Date().toISOString(), time)
  const counts = new Map(activity.counts.map(({ day = '', count }) => [day, count]))
  const days = layOutCalendar(counts, { today, weeks })
  const busiest = days
    .filter(({ count }) => count > 0)
    .toSorted((one, other) => other.count - one.count)
    .slice(0, 7)
  const total = days.reduce((sum, { count }) => sum + count, 0)
  const [since = '', until = ''] = [...valuesOf(query, 'since'), ...valuesOf(query, 'until')]
  const boundsOf = (day: string) => [startOfDay(day, time), startOfDay(dayAfter(day), time)] as const
  const first = since.endsWith('Z') ? formatDay(since, time) : ''
  const chosen = first !== '' && boundsOf(first).join() === `${since},${until}` ? first : ''
  const choose = (day: string) => {
    const [start, end] = day === chosen ? ['', ''] : boundsOf(day)
    navigation.go({ query: withTime(withTime(query, 'since', start), 'until', end), entry: null })
  }
  return (
    <section class="heatmap">
      <h3 class="facet-title">When</h3>
      <svg
        class="calendar"
        part="heatmap"
        viewBox={`0 0 ${weeks * (cellPx + gapPx) - gapPx} ${7 * (cellPx + gapPx) - gapPx}`}
        role="img"
        aria-label={`${total} changes in ${weeks} weeks, day by day`}
      >
        {days.map(({ day, count, level, column, row }) => (
          <rect
            key={day}
            class={day === chosen ? 'is-chosen' : ''}
            style={{ '--level': level }}
            x={column * (cellPx + gapPx)}
            y={row * (cellPx + gapPx)}
            width={cellPx}
            height={cellPx}
            rx={2.5}
            onClick={() => choose(day)}
          >
            <title>{`${nameDay(day, today, time)}: ${count} change${count === 1 ? '' : 's'}`}</title>
          </rect>
        ))}
      </svg>
      <details class="more">
        <summary>The busiest days</summary>
        <ul>
          {busiest.map(({ day, count }) => (
            <li key={day}>
              <button class="facet-value" aria-pressed={day === chosen} onClick={() => choose(day)}>
                <span class="facet-name">{nameDay(day, today, time)}</span>
                <span class="facet-count">{count}</span>
              </button>
            </li>
          ))}
        </ul>
        <label class="input-row">
          <span>Any day</span>
          <input
            type="date"
            min="1000-01-01"
            max="9999-12-31"
            value={chosen}
            onChange={({ currentTarget: { value, validity } }) => {
              // a year that is typed is another one at every digit
              if (value !== '' && validity.valid) choose(value)
            }}
          />
        </label>
      </details>
    </section>
  )
}

// the API takes names with a slash, and UTC
function zoneOf(timeZone: string | undefined): string {
  const zone = timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
  return zone.includes('/') && zone !== 'Etc/Unknown' ? zone : 'UTC'
}
