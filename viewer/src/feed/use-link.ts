import { useEffect, useMemo, useState } from 'preact/hooks'

import type { LabelledEntry } from '../model/entry-view.ts'
import type { ViewState } from '../model/view-state.ts'
import { signal } from '../shell/signal.ts'
import { useViewer } from '../shell/viewer-context.ts'
import type { FeedControls } from './feed-controls.ts'

/** What of a feed is in the address of the page: what is open, and what is compared. */
export interface FeedLink extends Pick<ViewState, 'entry' | 'compared'> {
  readonly change: (change: Partial<Pick<ViewState, 'entry' | 'compared'>>) => void
}

/** The entry that an address leads to, however long ago it was, and what of it is open. */
export interface LinkedEntry {
  readonly entry: LabelledEntry
  readonly controls: FeedControls
}

/** Shows what the address leads to, and keeps the address to what is shown. */
export function useLink(controls: FeedControls, link: FeedLink | null): LinkedEntry | null {
  const { api, me } = useViewer()
  // what the address says later is what was opened here
  const [first] = useState(link)
  const [entry, setEntry] = useState<LabelledEntry | null>(null)
  useEffect(() => {
    if (first === null) return
    const aborter = new AbortController()
    const find = async (id: string) => (await api.entry(id, aborter.signal)).entry
    const show = async () => {
      if (first.entry !== null) setEntry(await find(first.entry))
      if (first.compared === null) return
      const [from, to] = await Promise.all([find(first.compared.from), find(first.compared.to)])
      controls.compared.value = { from, to }
    }
    // an address may lead to what is not there, or not for this reader: the feed is
    show().catch(() => {})
    return () => aborter.abort()
  }, [first, api, me])
  useEffect(() => {
    if (link === null) return
    const { open, compared } = controls
    const ends = [
      open.subscribe(() =>
        link.change({ entry: [...open.value].findLast((id) => /^\d+$/.test(id)) ?? null }),
      ),
      compared.subscribe(() => {
        const pair = compared.value
        link.change({ compared: pair === null ? null : { from: pair.from.id, to: pair.to.id } })
      }),
    ]
    return () => {
      for (const end of ends) end()
    }
  }, [controls])
  return useMemo(
    () =>
      entry === null
        ? null
        : { entry, controls: { ...controls, open: signal<ReadonlySet<string>>(new Set([entry.id])) } },
    [entry, controls],
  )
}
