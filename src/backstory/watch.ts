import { BackstoryError } from '../core/errors.ts'
import type { Entry } from '../core/entry.ts'
import {
  decodeWatchCursor,
  encodeWatchCursor,
  refuseSnapshotAhead,
  type WatchPosition,
} from '../core/watch-cursor.ts'
import {
  planLongBatch,
  readBatchPage,
  readLongBatchPage,
  readWatchStart,
  type BatchPage,
  type WatchStart,
} from '../db/batches.ts'
import type { Client } from '../db/client.ts'
import type { EntryConditions } from '../db/entry-conditions.ts'
import type { Sight } from '../db/sight.ts'
import { parseDescription, type EntryDescription } from './entry-filter.ts'
import type { Listener, News } from './news.ts'
import { createPatience, isAborted, pause } from './patience.ts'

/** What to watch, from where, and how eagerly. A filter holds from where it is given: a cursor is bound to none. */
export interface WatchOptions extends EntryDescription {
  /** Where to go on: the `cursor` of an earlier watch. */
  readonly after?: string | undefined
  /** Where to begin without a cursor: with what is committed from now on (default), or with the first entry there is. */
  readonly from?: 'now' | 'beginning'
  /** The longest pause between two looks, which is kept while nothing happens; 10 ms at least. Default: 1,000 ms. */
  readonly pollMs?: number
  /** Entries that are held in memory at once, 1 to 1,000. Default: 500. */
  readonly limit?: number
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal
  /** Told of every attempt that failed because the connection is gone. It is tried again, until it works. */
  readonly onConnectionLost?: (error: Error) => void
}

/**
 * The stream of committed entries. One consumer at a time; when its loop has ended, another one goes on where it ended.
 * An entry counts as delivered when the loop has got it.
 */
export interface Watch extends AsyncIterable<Entry> {
  /** Where to go on after what was delivered, in this process or another. Undefined before the stream has begun. */
  readonly cursor: string | undefined
  /**
   * Fixes where the stream begins, and gives the cursor of it; iterating does so by itself. For whoever reads a state
   * first and its changes afterwards.
   */
  readonly start: () => Promise<string>
}

/**
 * Watches the log: every committed entry that the filter describes, exactly once for each cursor, one whose
 * transaction commits late included; nobody waits for a transaction that stays open. Entries come in order of id
 * within what became visible between two looks, so those of one element come in their order.
 *
 * Costs one small statement for each look, of which several that share `news` have one between them; reads on only as the
 * consumer does. A lost connection is tried again.
 *
 * @throws BackstoryError `invalid_argument`, `invalid_cursor`, `unsupported_database`
 * @example
 * for await (const entry of backstory.watch({ after: await load(), elementType: 'world_elements' })) …
 */
export function watchEntries(
  client: () => Client,
  options: WatchOptions,
  { sight, news }: { readonly sight?: Sight | undefined; readonly news?: News } = {},
): Watch {
  const {
    conditions: described,
    limit,
    pollMs,
    from,
    after,
    signal,
    onConnectionLost,
  } = parseOptions(options)
  const conditions = sight === undefined ? described : { ...described, sight }
  const patiently = createPatience(onConnectionLost, signal)
  let position = after
  let hasBegun = false
  let isConsumed = false

  const begin = async (): Promise<WatchPosition | undefined> => {
    if (hasBegun) return position
    const start = await patiently(() => readWatchStart(client()))
    if (start === undefined) return undefined
    if (position !== undefined) refuseCursorAhead(position, start.snapshot)
    // the first of several callers decides
    position ??= beginAt(start, from)
    hasBegun = true
    return position
  }

  async function* deliver(): AsyncGenerator<Entry, void, undefined> {
    // before the first look, lest something be committed in between
    const listener = news?.listen(pollMs)
    // whoever ends the stream by its signal may not come for what is left of it
    if (listener !== undefined) signal?.addEventListener('abort', listener.stop, { once: true })
    try {
      yield* deliverBy(listener)
    } finally {
      listener?.stop()
    }
  }

  async function* deliverBy(listener: Listener | undefined): AsyncGenerator<Entry, void, undefined> {
    let at = await begin()
    let route: Route = 'unknown'
    let pauseMs = shortestPauseMs
    while (at !== undefined && !isAborted(signal)) {
      const asked: WatchPosition = at
      const way: Route = route
      listener?.clear()
      const page: BatchPage | undefined = await patiently(() =>
        readPage(client(), conditions, asked, way, limit),
      )
      if (page === undefined) return
      for (const entry of page.entries) {
        at = { ...asked, until: page.until, afterId: entry.id }
        position = at
        yield entry
        if (isAborted(signal)) return
      }
      if (page.entries.length === limit) {
        pauseMs = shortestPauseMs
        if (route === 'unknown') {
          const rest: WatchPosition = at
          route = (await patiently(() => findRoute(client(), conditions, rest, limit))) ?? 'unknown'
        }
        continue
      }
      at = { before: page.until, until: null, afterId: '0', foreignId: asked.foreignId }
      position = at
      route = 'unknown'
      pauseMs = page.entries.length > 0 ? shortestPauseMs : Math.min(2 * pauseMs, pollMs)
      // whoever finds nothing for itself looks no more often, however much is committed that others see
      await pause(Math.min(pauseMs, pollMs), signal)
      await listener?.wait(longestWaitMs, signal)
    }
  }

  return {
    get cursor() {
      return position === undefined ? undefined : encodeWatchCursor(position)
    },
    start: async () => {
      const begun = await begin()
      if (begun !== undefined) return encodeWatchCursor(begun)
      throw invalid('The watch was ended by its signal before it began.')
    },
    [Symbol.asyncIterator]: async function* () {
      if (isConsumed) throw invalid('This watch has a consumer already. Call watch() again for another one.')
      isConsumed = true
      try {
        yield* deliver()
      } finally {
        isConsumed = false
      }
    },
  }
}

/** How to read the pages of a batch: by its transactions, or along the primary key up to an id (null: to the end). */
type Route = 'unknown' | 'transactions' | { readonly lastId: string | null }

async function findRoute(
  client: Client,
  conditions: EntryConditions,
  position: WatchPosition,
  limit: number,
): Promise<Route> {
  const { before, until } = position
  if (before === null || until === null) return 'unknown'
  const lastId = await planLongBatch(client, conditions, { ...position, before, until }, limit)
  return lastId === null ? 'transactions' : { lastId }
}

function readPage(
  client: Client,
  conditions: EntryConditions,
  position: WatchPosition,
  route: Route,
  limit: number,
): Promise<BatchPage> {
  const { before, until } = position
  if (before !== null && (until === null || typeof route === 'string')) {
    return readBatchPage(client, conditions, { ...position, before }, limit)
  }
  if (until === null) throw new TypeError('A batch has a beginning or an end.')
  const lastId = typeof route === 'string' ? null : route.lastId
  return readLongBatchPage(client, conditions, { ...position, until, lastId }, limit)
}

function beginAt({ snapshot, foreignId }: WatchStart, from: 'now' | 'beginning'): WatchPosition {
  return from === 'now'
    ? { before: snapshot, until: null, afterId: '0', foreignId }
    : { before: null, until: snapshot, afterId: '0', foreignId }
}

function refuseCursorAhead({ before, until }: WatchPosition, now: string): void {
  const seen = until ?? before
  if (seen !== null) refuseSnapshotAhead(seen, now)
}

function parseOptions(options: WatchOptions) {
  const {
    after,
    from = 'now',
    pollMs = 1000,
    limit = 500,
    signal,
    onConnectionLost,
    ...description
  } = options
  const conditions = parseDescription(description, 'watch', ownKeys)
  if (from !== 'now' && from !== 'beginning') {
    throw invalid(`from must be now or beginning; it is ${String(from)}.`)
  }
  if (!Number.isFinite(pollMs) || pollMs < 10) {
    throw invalid(`pollMs must be a number of milliseconds, 10 at least; it is ${String(pollMs)}.`)
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw invalid(`limit must be a whole number from 1 to 1,000; it is ${String(limit)}.`)
  }
  return {
    conditions,
    limit,
    pollMs,
    from,
    after: after === undefined ? undefined : decodeWatchCursor(after),
    signal,
    onConnectionLost,
  }
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}

const ownKeys = ['after', 'from', 'pollMs', 'limit', 'signal', 'onConnectionLost'] as const

const shortestPauseMs = 50

/** Who is told of news looks now and then all the same, so that a cursor does not grow old. */
const longestWaitMs = 60_000
