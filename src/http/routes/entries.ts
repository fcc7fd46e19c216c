import { BackstoryError } from '../../core/errors.ts'
import type { Entry } from '../../core/entry.ts'
import type { NarrowedBackstory } from '../../backstory/narrowed.ts'
import type { EntryFilter } from '../../backstory/entry-filter.ts'
import { toEntryBodies, toEntryBody, type Include } from '../bodies.ts'
import type { Answerer } from '../call.ts'
import type { ResponseOf } from '../contract/routes.ts'
import { readPageCursor, toDescription, writePageCursor, type FilterParameters } from '../filter.ts'
import { isNarrowed } from '../grant.ts'
import { respondJson } from '../respond.ts'

/** `GET /entries` */
export const answerEntries: Answerer<'entries'> = async ({ request, log, query, now }) => {
  const { order, limit, cursor, include, ...filter } = query
  return respondJson(request, await readPage(log, filter, { order, limit }, cursor, include, now))
}

/** `GET /deleted` */
export const answerDeleted: Answerer<'deleted'> = async ({ request, log, query, now }) => {
  const { limit, cursor, include, ...filter } = query
  return respondJson(request, await readPage(log, filter, { gone: true, limit }, cursor, include, now))
}

/** `GET /entries/count` */
export const answerCount: Answerer<'count'> = async ({ request, log, query, now }) => {
  const { exactUpTo, ...filter } = query
  return respondJson(request, await log.entries(toDescription(filter, now)).count({ exactUpTo }))
}

/** `GET /transactions/{id}` */
export const answerTransaction: Answerer<'transaction'> = async ({ request, log, params, query, now }) => {
  const { limit, cursor, include } = query
  const filter = { transactionId: params.id }
  return respondJson(request, await readPage(log, filter, { order: 'oldest', limit }, cursor, include, now))
}

/** `GET /entries/{id}` */
export const answerEntry: Answerer<'entry'> = async ({ request, log, params, grant }) => {
  const entry = await findEntry(log, params.id)
  const { elementType, elementId, transactionId } = entry
  const element = log.element(elementType, elementId)
  const [{ entries, nextCursor }, previous, next] = await Promise.all([
    log.entries({ transactionId, order: 'oldest', limit: 50 }),
    element.previous(entry),
    element.next(entry),
  ])
  const body: ResponseOf<'entry'> = {
    entry: await toEntryBody(log, entry, ['changes', 'label']),
    together: await toEntryBodies(log, entries, ['changes', 'label']),
    more: nextCursor !== null,
    previousId: previous?.id ?? null,
    nextId: next?.id ?? null,
  }
  // the newest entry of an element will have a next one
  return respondJson(request, body, next === null || isNarrowed(grant) ? 'revalidated' : 'fixed')
}

/**
 * The entry of that id.
 *
 * @throws BackstoryError `entry_not_found`: there is none, or it is not seen
 */
export async function findEntry(log: NarrowedBackstory, id: string): Promise<Entry> {
  const { entries } = await log.entries({ id })
  const [entry] = entries
  if (entry !== undefined) return entry
  throw new BackstoryError('entry_not_found', `There is no entry ${id}.`, { details: { entryId: id } })
}

/** The entry of that id, of an element. @throws BackstoryError `entry_not_found`, as for one that does not exist */
export async function findEntryOf(
  log: NarrowedBackstory,
  id: string,
  { elementType, elementId }: { readonly elementType: string; readonly elementId: string },
): Promise<Entry> {
  const { entries } = await log.entries({ id, elementType, elementId })
  const [entry] = entries
  if (entry !== undefined) return entry
  throw new BackstoryError('entry_not_found', `There is no entry ${id} of ${elementType} ${elementId}.`, {
    details: { entryId: id },
  })
}

async function readPage(
  log: NarrowedBackstory,
  filter: FilterParameters,
  page: Pick<EntryFilter, 'order' | 'limit' | 'gone'>,
  cursor: string | undefined,
  include: readonly Include[] | undefined,
  now: Date,
): Promise<ResponseOf<'entries'>> {
  const start = readPageCursor(cursor, now)
  const { entries, nextCursor } = await log.entries({
    ...toDescription(filter, start.now),
    ...page,
    ...(start.cursor === undefined ? {} : { cursor: start.cursor }),
  })
  return {
    entries: [...(await toEntryBodies(log, entries, include ?? []))],
    nextCursor: writePageCursor(nextCursor, start.now),
  }
}
