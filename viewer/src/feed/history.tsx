import type { ComponentChildren, JSX } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'

import type { Filter } from '../api/api.ts'
import { ProblemNotice } from '../shell/notice.tsx'
import { lazyPart } from '../shell/lazy-part.tsx'
import { useViewer } from '../shell/viewer-context.ts'
import { CompareBar } from './compare-bar.tsx'
import { createFeed } from './create-feed.ts'
import { createFeedControls, markForComparison } from './feed-controls.ts'
import { EntryCard } from './entry-card.tsx'
import { FeedView } from './feed-view.tsx'
import { LivePill } from './live-pill.tsx'
import { useLink, type FeedLink } from './use-link.ts'
import { useFeedKeys } from './use-feed-keys.ts'
import { useSignal } from '../shell/signal.ts'

const RestoreDialog = lazyPart((more) => more.RestoreDialog)
const CompareDialog = lazyPart((more) => more.CompareDialog)
const VersionsDialog = lazyPart((more) => more.VersionsDialog)
const HelpDialog = lazyPart((more) => more.HelpDialog)

/** What a history shows, and what is around it. */
export interface HistoryProperties {
  readonly filter: Filter
  readonly isRaw: boolean
  readonly isAboutOneElement: boolean
  /** What to say where there is nothing. */
  readonly empty: ComponentChildren
  /** What of it is in the address of the page; null: nothing. */
  readonly link?: FeedLink | null
  /** Goes to where a filter is typed; null: there is no such place. */
  readonly search?: (() => void) | null
  /** Whether the whole page is the viewer's, and so are its keys. */
  readonly isWholePage?: boolean
}

/** The entries of a filter as a feed, with all that can be done with them. */
export function History(properties: HistoryProperties): JSX.Element {
  const {
    filter,
    isRaw,
    isAboutOneElement,
    empty,
    link = null,
    search = null,
    isWholePage = false,
  } = properties
  const { api, me, meProblem } = useViewer()
  const root = useRef<HTMLDivElement>(null)
  const key = JSON.stringify(filter)
  const { elementType, elementId } = filter
  const [isHelpOpen, setHelpOpen] = useState(false)
  const controls = useMemo(() => createFeedControls(), [key])
  const feed = useMemo(
    () =>
      createFeed((cursor, signal) =>
        api.entries(
          { ...filter, include: ['changes', 'label'], limit: '50', ...(cursor === null ? {} : { cursor }) },
          signal,
        ),
      ),
    [key, api],
  )
  const reload = async () => {
    root.current?.scrollIntoView({ block: 'start' })
    await feed.reload()
    // once it is drawn, the newest is at hand
    requestAnimationFrame(() => root.current?.querySelector<HTMLElement>('.feed [data-focus]')?.focus())
  }
  useFeedKeys({
    root: () => root.current,
    search,
    help: () => setHelpOpen(true),
    listenTo: () => (isWholePage ? document : root.current),
    mark: (id) => {
      const entry = feed.pages.value.flatMap(({ entries }) => entries ?? []).find((known) => known.id === id)
      if (entry !== undefined && me.value?.states === true) markForComparison(controls, entry)
    },
  })
  const linked = useLink(controls, link)
  const restoring = useSignal(controls.restoring)
  const compared = useSignal(controls.compared)
  const naming = useSignal(controls.naming)
  const problem = useSignal(meProblem)
  if (problem !== null) return <ProblemNotice problem={problem} />
  return (
    <div class="history" ref={root}>
      {elementType === undefined || elementId === undefined ? null : (
        <button
          class="button is-quiet"
          onClick={() =>
            (controls.naming.value = { elementType: String(elementType), elementId, entry: null })
          }
        >
          Named versions
        </button>
      )}
      <LivePill filter={filter} show={() => void reload()} />
      {linked === null ? null : (
        <section class="linked" aria-label="What the address leads to">
          <EntryCard {...linked} isAboutOneElement={isAboutOneElement} />
        </section>
      )}
      <FeedView
        feed={feed}
        controls={controls}
        isRaw={isRaw}
        isAboutOneElement={isAboutOneElement}
        empty={empty}
      />
      <CompareBar controls={controls} />
      {compared === null ? null : <CompareDialog controls={controls} />}
      {restoring === null ? null : (
        <RestoreDialog
          intent={restoring}
          close={() => (controls.restoring.value = null)}
          onDone={() => void reload()}
        />
      )}
      {naming === null ? null : <VersionsDialog intent={naming} controls={controls} />}
      {isHelpOpen ? <HelpDialog close={() => setHelpOpen(false)} /> : null}
    </div>
  )
}
