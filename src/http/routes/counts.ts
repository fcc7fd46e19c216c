import type { EntryDescription } from '../../backstory/entry-filter.ts'
import type { StatsKey } from '../../backstory/stats.ts'
import type { Answerer } from '../call.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { toDescription } from '../filter.ts'
import { ProblemError } from '../problems.ts'
import { respondJson } from '../respond.ts'

/** `GET /facets` */
export const answerFacets: Answerer<'facets'> = async ({ request, log, query, now }) => {
  const { top, ...filter } = query
  const description = bounded(toDescription(filter, now), now, 30)
  const rows = await log.stats({
    ...description,
    by: ['userId', 'action', 'elementType', 'scope'],
    limit: mostCounts + 1,
  })
  // one look is enough, unless there are more combinations than are to be held in memory
  const isOneLook = rows.length <= mostCounts
  const count = <const Key extends StatsKey>(key: Key) => log.stats({ ...description, by: [key], limit: top })
  const body: ResponseOf<'facets'> = {
    since: sinceOf(description),
    userId: sumUp(isOneLook ? rows : await count('userId'), ({ userId }) => userId, top),
    action: sumUp(isOneLook ? rows : await count('action'), ({ action }) => action, top),
    elementType: sumUp(isOneLook ? rows : await count('elementType'), ({ elementType }) => elementType, top),
    scope: sumUp(isOneLook ? rows : await count('scope'), ({ scope }) => scope, top),
  }
  return respondJson(request, body)
}

/** `GET /activity` */
export const answerActivity: Answerer<'activity'> = async ({ request, log, query, now }) => {
  const { by, timeZone, ...filter } = query
  const description = bounded(toDescription(filter, now), now, 365)
  const counts = await log.stats({ ...description, by, timeZone, limit: mostCounts + 1 })
  if (counts.length > mostCounts) {
    const message = `gives more than ${mostCounts} counts: count by less, or in a shorter time`
    throw new ProblemError('invalid_request', `Counting by ${by.join(', ')} ${message}.`, {
      errors: [{ pointer: '?by', code: 'too_many', message }],
    })
  }
  const body: ResponseOf<'activity'> = { since: sinceOf(description), counts: [...counts] }
  return respondJson(request, body)
}

/** How many combinations are counted at once. */
const mostCounts = 10_000

function sumUp<Row extends { readonly count: number }, Value>(
  rows: readonly Row[],
  valueOf: (row: Row) => Value,
  top: number,
): { value: Value; count: number }[] {
  const counts = new Map<Value, number>()
  for (const row of rows) counts.set(valueOf(row), (counts.get(valueOf(row)) ?? 0) + row.count)
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((one, other) => other.count - one.count)
    .slice(0, top)
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
