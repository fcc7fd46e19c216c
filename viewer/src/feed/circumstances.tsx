import type { JSX } from 'preact'

import { contextText, type LabelledEntry } from '../model/entry-view.ts'
import { formatAgo, formatClock, formatMoment } from '../model/format-time.ts'
import { useViewer } from '../shell/viewer-context.ts'

/** When, as a time of day; in full, and how long ago, in the tip. */
export function EntryTime({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const { time } = useViewer()
  const { timestamp } = entry
  return (
    <time
      dateTime={timestamp}
      title={`${formatMoment(timestamp, time)} (${formatAgo(timestamp, Date.now(), time)})`}
    >
      {formatClock(timestamp, time)}
    </time>
  )
}

/** How long ago; when, in the tip. */
export function Ago({ timestamp }: { readonly timestamp: string }): JSX.Element {
  const { time } = useViewer()
  return (
    <time dateTime={timestamp} title={formatMoment(timestamp, time)}>
      {formatAgo(timestamp, Date.now(), time)}
    </time>
  )
}

/** Why and by what way, as far as the entry says. */
export function Circumstances({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const reason = contextText(entry, 'reason')
  const via = contextText(entry, 'via') ?? routeOf(entry)
  return (
    <>
      {reason === null ? null : <q class="reason">{reason}</q>}
      {via === null ? null : <span class="via">via {via}</span>}
    </>
  )
}

function routeOf(entry: LabelledEntry): string | null {
  const [method, route] = [contextText(entry, 'method'), contextText(entry, 'route')]
  if (route === null) return null
  return method === null || route.startsWith(method) ? route : `${method} ${route}`
}
