import type { JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'

import { RestoreDialog } from '../dialogs/restore-dialog.tsx'
import { Ago } from '../feed/circumstances.tsx'
import { createFeed } from '../feed/create-feed.ts'
import type { RestoreIntent } from '../feed/feed-controls.ts'
import { actorOf, nameOf, nameType, type LabelledEntry } from '../model/entry-view.ts'
import { ActorBadge } from '../shell/actor-badge.tsx'
import { Icon } from '../shell/icon.tsx'
import { Link } from '../shell/link.tsx'
import { Loading, Notice, ProblemNotice } from '../shell/notice.tsx'
import { useCan, useViewer } from '../shell/viewer-context.ts'
import type { Navigation } from './navigation.ts'
import { useSignal } from '../shell/signal.ts'

/** What is gone and can be brought back. */
export function DeletedView({ navigation }: { readonly navigation: Navigation }): JSX.Element {
  const { api, meProblem } = useViewer()
  const [restoring, setRestoring] = useState<RestoreIntent | null>(null)
  const { query } = useSignal(navigation.state)
  const feed = useMemo(
    () =>
      createFeed((cursor, signal) =>
        api.deleted(
          {
            ...(query === '' ? {} : { q: query }),
            include: ['label'],
            ...(cursor === null ? {} : { cursor }),
          },
          signal,
        ),
      ),
    [query, api],
  )
  useEffect(() => {
    void feed.loadMore()
    return () => feed.stop()
  }, [feed])
  const entries = useSignal(feed.pages).flatMap((page) => page.entries ?? [])
  const status = useSignal(feed.status)
  const ownProblem = useSignal(feed.problem)
  const problem = useSignal(meProblem) ?? ownProblem
  if (problem !== null && entries.length === 0) {
    return <ProblemNotice problem={problem} retry={() => void feed.reload()} />
  }
  if (status === 'end' && entries.length === 0) {
    return query === '' ? (
      <Notice icon="bin" title="Nothing is gone">
        <p>What is deleted appears here, and can be brought back.</p>
      </Notice>
    ) : (
      <Notice
        icon="filter"
        title="Nothing that is gone fits the filter"
        action={{ label: 'Clear the filter', run: () => navigation.go({ query: '' }) }}
      />
    )
  }
  return (
    <div class="deleted">
      <ol class="rows" part="deleted">
        {entries.map((entry) => (
          <li key={entry.id}>
            <DeletedRow entry={entry} restore={() => setRestoring({ kind: 'deleted', entry })} />
          </li>
        ))}
      </ol>
      {status === 'loading' ? <Loading lines={4} /> : null}
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {status === 'end' || entries.length === 0 ? null : (
        <button class="button" onClick={() => void feed.loadMore()}>
          Show older
        </button>
      )}
      {restoring === null ? null : (
        <RestoreDialog
          intent={restoring}
          close={() => setRestoring(null)}
          onDone={() => void feed.reload()}
        />
      )}
    </div>
  )
}

function DeletedRow({
  entry,
  restore,
}: {
  readonly entry: LabelledEntry
  readonly restore: () => void
}): JSX.Element {
  const { nameActor, linkToElement } = useViewer()
  const canRestore = useCan('restore')
  const actor = actorOf(entry)
  const link = linkToElement?.(entry)
  return (
    <article class="row">
      <ActorBadge actor={actor} />
      <div class="card-words">
        <p class="sentence">
          {link === undefined ? (
            <b>{nameOf(entry)}</b>
          ) : (
            <Link class="is-element" to={link}>
              {nameOf(entry)}
            </Link>
          )}{' '}
          {entry.label === null ? null : <span class="faint">{nameType(entry.elementType)}</span>}
        </p>
        <p class="meta">
          deleted by {nameActor(actor)} <Ago timestamp={entry.timestamp} />
        </p>
      </div>
      {canRestore ? (
        <button class="button" onClick={restore} aria-label={`Bring back ${nameOf(entry)}`}>
          <Icon name="restore" />
          Bring back…
        </button>
      ) : null}
    </article>
  )
}
