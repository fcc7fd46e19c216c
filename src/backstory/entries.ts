import { BackstoryError } from '../core/errors.ts'
import { decodeCursor, encodeCursor } from '../core/cursor.ts'
import type { Entry } from '../core/entry.ts'
import type { Client } from '../db/client.ts'
import type { Sight } from '../db/sight.ts'
import { countEntries, readEntryPage, type EntryCount } from '../db/entries.ts'
import { parseFilter, type EntryFilter, type ParsedFilter } from './entry-filter.ts'

/** One page of entries, and where the next one begins. */
export interface EntryPage {
  readonly entries: readonly Entry[]
  /** Null when there is nothing beyond. Opaque; bound to the filter. */
  readonly nextCursor: string | null
}

/** How far to count. */
export interface CountOptions {
  /** Up to how many the count is exact, 0 to 1,000,000. Default: 10,000. */
  readonly exactUpTo?: number
}

/** Awaited it is one page; iterated, every entry, fetched page by page. Nothing is read before either. */
export interface EntryQuery extends PromiseLike<EntryPage>, AsyncIterable<Entry> {
  /**
   * How many entries the filter describes, whatever its limit and cursor: exact up to a limit, beyond it estimated from
   * the planner's statistics.
   *
   * @throws BackstoryError `invalid_argument`
   */
  readonly count: (options?: CountOptions) => Promise<EntryCount>
}

/**
 * The entries that a filter describes.
 *
 * @param sight what of the log is there at all
 * @throws BackstoryError `invalid_argument`, `invalid_cursor`
 */
export function queryEntries(client: Client, filter: EntryFilter, sight?: Sight): EntryQuery {
  const parsed = parseFilter(filter)
  const query = sight === undefined ? parsed : { ...parsed, conditions: { ...parsed.conditions, sight } }
  const readPage = (cursor: string | undefined) => readPageAfter(client, query, cursor)
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
    count: async ({ exactUpTo = 10_000 } = {}) => {
      if (!Number.isInteger(exactUpTo) || exactUpTo < 0 || exactUpTo > 1_000_000) {
        throw new BackstoryError(
          'invalid_argument',
          `exactUpTo must be a whole number from 0 to 1,000,000; it is ${exactUpTo}.`,
        )
      }
      return countEntries(client, query.conditions, exactUpTo)
    },
  }
}

async function readPageAfter(
  client: Client,
  query: ParsedFilter,
  cursor: string | undefined,
): Promise<EntryPage> {
  // the page's size may change between pages, what is asked for may not
  const bound = JSON.stringify({ ...query.conditions, order: query.order })
  const beyond = cursor === undefined ? {} : { beyond: decodeCursor(cursor, bound).id }
  const { entries, hasMore } = await readEntryPage(client, { ...query.conditions, ...beyond }, query)
  const last = entries.at(-1)
  const nextCursor = hasMore && last !== undefined ? encodeCursor({ id: last.id, filter: bound }) : null
  return { entries, nextCursor }
}
