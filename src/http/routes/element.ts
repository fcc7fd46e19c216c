import type { Entry } from '../../core/entry.ts'
import type { NarrowedBackstory } from '../../backstory/narrowed.ts'
import { toEntryBodies, toEntryBody } from '../bodies.ts'
import type { Answerer } from '../call.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { readPageCursor, writePageCursor } from '../filter.ts'
import { isNarrowed } from '../grant.ts'
import { ProblemError } from '../problems.ts'
import { respondJson } from '../respond.ts'
import { findEntryOf } from './entries.ts'

/** `GET /element` */
export const answerElement: Answerer<'element'> = async ({ request, log, query }) => {
  const { elementType, elementId } = query
  const filter = { elementType, elementId, limit: 1 }
  const changed = { ...filter, action: ['insert', 'update', 'delete', 'snapshot'] } as const
  const [oldest, newest, newestChange, count] = await Promise.all([
    log.entries({ ...filter, order: 'oldest' }),
    log.entries(filter),
    log.entries(changed),
    log.entries({ elementType, elementId }).count(),
  ])
  const first = oldest.entries[0]
  const latest = newest.entries[0]
  const body: ResponseOf<'element'> = {
    elementType,
    elementId,
    label: latest === undefined ? null : ((await log.labels([latest])).get(latest.id) ?? null),
    deleted: newestChange.entries[0]?.action === 'delete',
    first: first === undefined ? null : await toEntryBody(log, first, []),
    latest: latest === undefined ? null : await toEntryBody(log, latest, []),
    count,
  }
  return respondJson(request, body)
}

/** `GET /element/state` */
export const answerState: Answerer<'state'> = async ({ request, log, query }) => {
  const { elementType, elementId, at, entry } = query
  const moment = await readMoment(log, query, { time: at, entryId: entry, names: ['at', 'entry'] })
  const body: ResponseOf<'state'> = { state: await log.element(elementType, elementId).at(moment) }
  // not even after an entry does it hold for ever: columns have the names that they have today
  return respondJson(request, body)
}

/** `GET /element/diff` */
export const answerDiff: Answerer<'diff'> = async ({ request, log, query, grant }) => {
  const { elementType, elementId, from, fromEntry, to, toEntry } = query
  const [before, after] = await Promise.all([
    readMoment(log, query, { time: from, entryId: fromEntry, names: ['from', 'fromEntry'] }),
    readMoment(log, query, { time: to, entryId: toEntry, names: ['to', 'toEntry'] }),
  ])
  if (before === undefined) {
    throw new ProblemError('invalid_request', 'A difference needs a beginning: ?from or ?fromEntry.', {
      errors: [{ pointer: '?from', code: 'required', message: 'is required, or fromEntry' }],
    })
  }
  const body: ResponseOf<'diff'> = await log.element(elementType, elementId).compare(before, after)
  const isFixed = fromEntry !== undefined && toEntry !== undefined && !isNarrowed(grant)
  return respondJson(request, body, isFixed ? 'fixed' : 'revalidated')
}

/** `GET /element/blame` */
export const answerBlame: Answerer<'blame'> = async ({ request, log, query }) => {
  const { elementType, elementId, at, entry } = query
  const moment = await readMoment(log, query, { time: at, entryId: entry, names: ['at', 'entry'] })
  const body: ResponseOf<'blame'> = { leaves: await log.element(elementType, elementId).blame(moment) }
  return respondJson(request, body)
}

/** `GET /element/field` */
export const answerField: Answerer<'field'> = async ({ request, log, query, now }) => {
  const { elementType, elementId, path, limit, cursor } = query
  const start = readPageCursor(cursor, now)
  const { entries, nextCursor } = await log.entries({
    elementType,
    elementId,
    changed: path,
    limit,
    ...(start.cursor === undefined ? {} : { cursor: start.cursor }),
  })
  const body: ResponseOf<'field'> = {
    entries: await toEntryBodies(log, entries, ['changes']),
    nextCursor: writePageCursor(nextCursor, start.now),
  }
  return respondJson(request, body)
}

/** A time, or an entry of the element; neither: undefined. @throws ProblemError where both are given */
export async function readMoment(
  log: NarrowedBackstory,
  element: { readonly elementType: string; readonly elementId: string },
  {
    time,
    entryId,
    names,
  }: {
    readonly time: string | undefined
    readonly entryId: string | undefined
    readonly names: readonly [string, string]
  },
): Promise<string | Entry | undefined> {
  if (time !== undefined && entryId !== undefined) {
    throw new ProblemError(
      'invalid_request',
      `A moment is a time or an entry: ${names.join(' or ')}, not both.`,
      {
        errors: [{ pointer: `?${names[1]}`, code: 'exclusive', message: `cannot come with ${names[0]}` }],
      },
    )
  }
  return entryId === undefined ? time : findEntryOf(log, entryId, element)
}
