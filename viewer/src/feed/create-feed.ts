import { signal, type ReadonlySignal } from '../shell/signal.ts'

import type { EntryPage } from '../api/api.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import type { LabelledEntry } from '../model/entry-view.ts'

/** One page of a feed; its entries are let go where it is far from what is seen, and asked for again. */
export interface FeedPage {
  /** Where the page begins: what to ask for it with. */
  readonly cursor: string | null
  readonly entries: readonly LabelledEntry[] | null
  /** The last entry of the page before, without its values. */
  readonly previous: LabelledEntry | null
  /** Its own last entry, the same way. */
  readonly last: LabelledEntry | null
}

/** A list that is read page by page, of which only what is near is kept. */
export interface Feed {
  readonly pages: ReadonlySignal<readonly FeedPage[]>
  readonly status: ReadonlySignal<'loading' | 'more' | 'end' | 'failed'>
  readonly problem: ReadonlySignal<Problem | null>
  /** Reads the next older page, unless that is under way or there is none. */
  readonly loadMore: () => Promise<void>
  /** Begins anew with the newest. */
  readonly reload: () => Promise<void>
  /** Says which pages are seen, from `first` up to and excluding `end`: those are kept. */
  readonly keep: (first: number, end: number) => void
  readonly stop: () => void
}

/** How far from what is seen pages are kept. */
const pagesKept = 4

/** Creates a feed; nothing is read before `loadMore`. */
export function createFeed(
  readPage: (cursor: string | null, signal: AbortSignal) => Promise<EntryPage>,
): Feed {
  const pages = signal<readonly FeedPage[]>([])
  const status = signal<'loading' | 'more' | 'end' | 'failed'>('more')
  const problem = signal<Problem | null>(null)
  const refetching = new Set<string | null>()
  let next: string | null = null
  let controller = new AbortController()

  const loadMore = async (): Promise<void> => {
    if (status.value === 'loading' || status.value === 'end') return
    status.value = 'loading'
    problem.value = null
    const { signal: aborted } = controller
    const cursor = next
    try {
      const page = await readPage(cursor, aborted)
      if (aborted.aborted) return
      const { entries } = page
      const last = entries.at(-1)
      pages.value = [
        ...pages.value,
        {
          cursor,
          entries,
          previous: pages.value.at(-1)?.last ?? null,
          last: last === undefined ? null : { ...last, changes: null, fields: [] },
        },
      ]
      next = page.nextCursor
      status.value = next === null ? 'end' : 'more'
    } catch (error) {
      if (aborted.aborted) return
      problem.value = problemOf(error)
      status.value = 'failed'
    }
  }

  const refetch = async ({ cursor }: FeedPage): Promise<void> => {
    if (refetching.has(cursor)) return
    refetching.add(cursor)
    const { signal: aborted } = controller
    try {
      const page = await readPage(cursor, aborted)
      if (aborted.aborted) return
      pages.value = pages.value.map((known) =>
        known.cursor === cursor ? { ...known, entries: page.entries } : known,
      )
    } catch (error) {
      if (!aborted.aborted) problem.value = problemOf(error)
    } finally {
      refetching.delete(cursor)
    }
  }

  const keep = (first: number, end: number): void => {
    const isKept = (index: number) => index === 0 || (index >= first - pagesKept && index < end + pagesKept)
    if (pages.value.some(({ entries }, index) => entries !== null && !isKept(index))) {
      pages.value = pages.value.map((page, index) =>
        page.entries === null || isKept(index) ? page : { ...page, entries: null },
      )
    }
    for (const page of pages.value.slice(first, end)) if (page.entries === null) void refetch(page)
  }

  return {
    pages,
    status,
    problem,
    loadMore,
    keep,
    reload: () => {
      controller.abort()
      controller = new AbortController()
      next = null
      pages.value = []
      status.value = 'more'
      return loadMore()
    },
    stop: () => controller.abort(),
  }
}
