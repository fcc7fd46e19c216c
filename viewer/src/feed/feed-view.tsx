import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect } from 'preact/hooks'

import { Loading, Notice, ProblemNotice } from '../shell/notice.tsx'
import { useViewer } from '../shell/viewer-context.ts'
import type { Feed } from './create-feed.ts'
import { DayPage, type DayPageOptions } from './day-page.tsx'
import { usePageWindow } from './use-page-window.ts'
import { useSignal } from '../shell/signal.ts'

/** A feed of entries by day, of which as much is drawn as is seen. */
export function FeedView({
  feed,
  empty,
  ...options
}: DayPageOptions & {
  readonly feed: Feed
  /** What to say where there is nothing. */
  readonly empty: ComponentChildren
}): JSX.Element {
  const me = useSignal(useViewer().me)
  const pages = useSignal(feed.pages)
  const status = useSignal(feed.status)
  const problem = useSignal(feed.problem)
  const drawn = usePageWindow(pages.length, (first, end, isEndNear) => {
    feed.keep(first, end)
    if (isEndNear && pages.length > 0 && feed.status.value === 'more') void feed.loadMore()
  })
  // before anything is painted: an effect would wait for that
  useLayoutEffect(() => {
    if (feed.pages.value.length === 0) void feed.loadMore()
    return () => feed.stop()
  }, [feed])

  const isEmpty = pages.length === 1 && pages[0]?.entries?.length === 0
  if (problem !== null && pages.length === 0) {
    return <ProblemNotice problem={problem} retry={() => void feed.reload()} />
  }
  if (isEmpty && status === 'end') return <>{empty}</>
  return (
    <div class="feed" part="feed" ref={drawn.list} aria-busy={status === 'loading'}>
      <div class="room" style={{ height: `${drawn.spaceBefore}px` }} />
      {pages.slice(drawn.first, drawn.end).map((page, offset) => {
        const index = drawn.first + offset
        return (
          <div
            class="page"
            key={page.cursor ?? 'first'}
            data-page={index}
            ref={drawn.observe(index)}
            // what was let go keeps its room until it is there again, so that nothing moves
            style={page.entries === null ? { height: `${drawn.heightOf(index)}px` } : ''}
          >
            {page.entries === null ? (
              <Loading lines={12} />
            ) : (
              <DayPage entries={page.entries} previous={page.previous} {...options} />
            )}
          </div>
        )
      })}
      <div class="room" style={{ height: `${drawn.spaceAfter}px` }} />
      {status === 'loading' ? <Loading lines={pages.length === 0 ? 6 : 2} /> : null}
      {problem !== null && pages.length > 0 ? (
        <ProblemNotice problem={problem} retry={() => void feed.loadMore()} />
      ) : null}
      {status === 'end' && drawn.end === pages.length ? (
        <EndOfFeed isNarrowed={me?.narrowed === true} />
      ) : null}
    </div>
  )
}

function EndOfFeed({ isNarrowed }: { readonly isNarrowed: boolean }): JSX.Element {
  return (
    <p class="end">
      {isNarrowed
        ? 'The beginning of what you may see: your rights hide a part of the log.'
        : 'The beginning of the history.'}
    </p>
  )
}

/** What a feed says where no entry is found: nothing happened yet, or nothing that fits. */
export function EmptyFeed({
  isFiltered,
  clear,
  noun,
}: {
  readonly isFiltered: boolean
  readonly clear: () => void
  readonly noun: string
}): JSX.Element {
  const me = useSignal(useViewer().me)
  const hidden =
    me?.narrowed === true ? <p>Your rights hide a part of the log: there may be more than you see.</p> : null
  return isFiltered ? (
    <Notice
      icon="filter"
      title="No change fits the filter"
      action={{ label: 'Clear the filter', run: clear }}
    >
      <p>There may be changes that do not fit it.</p>
      {hidden}
    </Notice>
  ) : (
    <slot name="empty">
      <Notice icon="history" title={`Nothing has happened to ${noun} yet`}>
        <p>Every change is recorded from now on, and appears here.</p>
        {hidden}
      </Notice>
    </slot>
  )
}
