import type { EntryDescription } from '../../backstory/entry-filter.ts'
import type { Answerer } from '../call.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { toDescription } from '../filter.ts'
import { respondJson } from '../respond.ts'

/** `GET /facets` */
export const answerFacets: Answerer<'facets'> = async ({ request, log, query, now }) => {
  const { top, ...filter } = query
  const description = bounded(toDescription(filter, now), now, 30)
  const rows = await log.stats({ ...description, by: ['userId', 'action', 'elementType', 'scope'] })
  const tally = <Value>(valueOf: (row: (typeof rows)[number]) => Value) => {
    const counts = new Map<Value, number>()
    for (const row of rows) counts.set(valueOf(row), (counts.get(valueOf(row)) ?? 0) + row.count)
    return [...counts]
      .map(([value, count]) => ({ value, count }))
      .toSorted((one, other) => other.count - one.count)
      .slice(0, top)
  }
  const body: ResponseOf<'facets'> = {
    since: sinceOf(description),
    userId: tally(({ userId }) => userId),
    action: tally(({ action }) => action),
    elementType: tally(({ elementType }) => elementType),
    scope: tally(({ scope }) => scope),
  }
  return respondJson(request, body)
}

/** `GET /activity` */
export const answerActivity: Answerer<'activity'> = async ({ request, log, query, now }) => {
  const { by, timeZone, ...filter } = query
  const description = bounded(toDescription(filter, now), now, 365)
  const counts = await log.stats({ ...description, by, timeZone })
  const body: ResponseOf<'activity'> = { since: sinceOf(description), counts: [...counts] }
  return respondJson(request, body)
}

// everything that is counted is read: not the whole log by default. By the day, so that the answer holds for a while.
function bounded(description: EntryDescription, now: Date, days: number): EntryDescription {
  const { since, elementId, transactionId } = description
  if ((since ?? elementId ?? transactionId) !== undefined) return description
  const start = new Date(now.getTime() - days * 86_400_000)
  return { ...description, since: start.toISOString().slice(0, 10) }
}

function sinceOf({ since }: EntryDescription): string | null {
  if (since === undefined) return null
  return typeof since === 'string' ? since : since.toISOString()
}
