import { BackstoryError } from '../core/errors.ts'
import { parseAction, type Action } from '../core/changes.ts'
import { decodeCursor, encodeCursor } from '../core/cursor.ts'
import { formatElementId, type ElementId, type Entry } from '../core/entry.ts'
import type { Client } from '../db/client.ts'
import { readEntries, type EntryConditions } from '../db/entries.ts'
import { formatTime, type Time } from './times.ts'

/** Which entries to read. What is left out does not restrict; a key that is not known is an error. */
export interface EntryFilter {
  readonly elementType?: string
  readonly elementId?: ElementId
  /** The actor; null for the entries that name nobody. */
  readonly userId?: string | null
  readonly action?: Action | readonly Action[]
  readonly transactionId?: string
  /** At this time or later. */
  readonly since?: Time
  /** Before this time. */
  readonly until?: Time
  /** Default: newest first. */
  readonly order?: 'newest' | 'oldest'
  /** How many entries a page holds, 1 to 1,000. Default: 50. */
  readonly limit?: number
  /** Where to go on: the `nextCursor` of a page of the same filter. */
  readonly cursor?: string
}

/** One page of entries, and where the next one begins. */
export interface EntryPage {
  readonly entries: readonly Entry[]
  /** Null when there is nothing beyond. Opaque; bound to the filter. */
  readonly nextCursor: string | null
}

/** Awaited it is one page; iterated, every entry, fetched page by page. Nothing is read before either. */
export interface EntryQuery extends PromiseLike<EntryPage>, AsyncIterable<Entry> {}

/**
 * The entries that a filter describes.
 *
 * @throws BackstoryError `invalid_argument`, `invalid_cursor`
 */
export function queryEntries(client: Client, filter: EntryFilter): EntryQuery {
  const query = parseFilter(filter)
  const readPage = (cursor: string | undefined) => readEntryPage(client, query, cursor)
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- awaiting a query reads one page of it
    then: (onPage, onError) => readPage(filter.cursor).then(onPage, onError),
    [Symbol.asyncIterator]: async function* () {
      let cursor = filter.cursor
      do {
        const page = await readPage(cursor)
        yield* page.entries
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
    },
  }
}

interface ParsedFilter {
  readonly conditions: EntryConditions
  readonly order: 'newest' | 'oldest'
  readonly limit: number
}

async function readEntryPage(
  client: Client,
  query: ParsedFilter,
  cursor: string | undefined,
): Promise<EntryPage> {
  // the page's size may change between pages, what is asked for may not
  const bound = JSON.stringify({ ...query.conditions, order: query.order })
  const beyond = cursor === undefined ? {} : { beyond: decodeCursor(cursor, bound).id }
  // one more than the page tells whether there is a next one
  const found = await readEntries(
    client,
    { ...query.conditions, ...beyond },
    { order: query.order, limit: query.limit + 1 },
  )
  const entries = found.slice(0, query.limit)
  const last = entries.at(-1)
  const nextCursor =
    found.length > query.limit && last !== undefined ? encodeCursor({ id: last.id, filter: bound }) : null
  return { entries, nextCursor }
}

function parseFilter(filter: EntryFilter): ParsedFilter {
  for (const key of Object.keys(filter)) {
    if (!knownKeys.has(key)) {
      throw new BackstoryError(
        'invalid_argument',
        `entries() knows no filter "${key}". It knows ${[...knownKeys].join(', ')}.`,
      )
    }
  }
  const { elementType, elementId, userId, action, transactionId, since, until } = filter
  const order = filter.order ?? 'newest'
  const limit = filter.limit ?? 50
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new BackstoryError(
      'invalid_argument',
      `limit must be a whole number from 1 to 1,000; it is ${limit}.`,
    )
  }
  if (order !== 'newest' && order !== 'oldest') {
    throw new BackstoryError('invalid_argument', `order must be newest or oldest; it is ${String(order)}.`)
  }
  if (transactionId !== undefined && !/^\d{1,20}$/.test(transactionId)) {
    throw new BackstoryError(
      'invalid_argument',
      `transactionId is a decimal number as text; it is ${transactionId}.`,
    )
  }
  const actions = action === undefined ? undefined : [action].flat().map(parseAction)
  return {
    conditions: {
      ...(elementType === undefined ? {} : { elementType }),
      ...(elementId === undefined ? {} : { elementId: formatElementId(elementId) }),
      ...(userId === undefined ? {} : { userId }),
      ...(actions === undefined ? {} : { actions }),
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(since === undefined ? {} : { since: formatTime(since, 'since') }),
      ...(until === undefined ? {} : { until: formatTime(until, 'until') }),
    },
    order,
    limit,
  }
}

const knownKeys: ReadonlySet<string> = new Set([
  'elementType',
  'elementId',
  'userId',
  'action',
  'transactionId',
  'since',
  'until',
  'order',
  'limit',
  'cursor',
] satisfies (keyof EntryFilter)[])
