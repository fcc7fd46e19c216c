import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import type { NamedVersion } from '../api/api.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import { markForComparison, type FeedControls, type NamingIntent } from '../feed/feed-controls.ts'
import { formatShortMoment } from '../model/format-time.ts'
import { personOf } from '../model/name-actor.ts'
import type { LabelledEntry } from '../model/entry-view.ts'
import { Icon } from '../shell/icon.tsx'
import { Loading, ProblemNotice } from '../shell/notice.tsx'
import { useLastAnswer, useRequest } from '../shell/use-request.ts'
import { useCan, useViewer } from '../shell/viewer-context.ts'
import { VersionName } from '../versions/version-name.tsx'
import { Dialog } from './dialog.tsx'

/** The versions of an element that have a name: to compare with, to restore from; and a name for one more. */
export function VersionsDialog({
  intent,
  controls,
}: {
  readonly intent: NamingIntent
  readonly controls: FeedControls
}): JSX.Element {
  const { api, time, announce, nameActor } = useViewer()
  const [canLabel, canRestore] = [useCan('label'), useCan('restore')]
  const { elementType, elementId, entry } = intent
  const [name, setName] = useState('')
  const [changes, setChanges] = useState(0)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [requested, retry] = useRequest(`${changes}`, (signal) =>
    api.versions({ elementType, elementId }, signal),
  )
  const close = () => (controls.naming.value = null)
  const act = (work: () => Promise<unknown>, said: string) => {
    setProblem(null)
    work().then(
      () => {
        announce(said)
        setName('')
        setChanges(changes + 1)
      },
      (error: unknown) => setProblem(problemOf(error)),
    )
  }
  // what is done with a version is done with its entry
  const withEntry = (version: NamedVersion, use: (found: LabelledEntry) => void) => {
    setProblem(null)
    api.entry(version.entryId).then(
      (found) => {
        close()
        use(found.entry)
      },
      (error: unknown) => setProblem(problemOf(error)),
    )
  }
  const versions = useLastAnswer(requested)?.versions
  return (
    <Dialog title="Named versions" close={close}>
      {entry === null || !canLabel ? null : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            act(
              () => api.nameVersion({ elementType, elementId, entryId: entry.id, name: name.trim() }),
              'The version has its name.',
            )
          }}
        >
          <label class="input-row">
            <span>
              Name of <VersionName entry={entry} />
            </span>
            <input
              type="text"
              data-land
              value={name}
              maxLength={200}
              placeholder="before session 12"
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button is-primary" disabled={name.trim() === ''}>
            Name it
          </button>
        </form>
      )}
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <div class="dialog-scroll">
        {requested.status === 'loading' && versions === undefined ? <Loading lines={2} /> : null}
        {requested.status === 'failed' ? <ProblemNotice problem={requested.problem} retry={retry} /> : null}
        {versions?.length === 0 ? (
          <p class="faint">None yet. Open a change to name the version that it made.</p>
        ) : null}
        <ul class="rows">
          {versions?.map((version) => (
            <li class="row" key={version.id}>
              <div class="card-words">
                <b>{version.name}</b>
                <p class="meta">
                  named by {nameActor(personOf(version.userId))}, {formatShortMoment(version.timestamp, time)}
                </p>
              </div>
              <button
                class="button is-quiet"
                aria-label={`Compare “${version.name}”`}
                onClick={() => withEntry(version, (found) => markForComparison(controls, found))}
              >
                Compare…
              </button>
              {canRestore ? (
                <button
                  class="button is-quiet"
                  aria-label={`Restore “${version.name}”`}
                  onClick={() =>
                    withEntry(
                      version,
                      (found) => (controls.restoring.value = { kind: 'version', entry: found }),
                    )
                  }
                >
                  Restore…
                </button>
              ) : null}
              {canLabel ? (
                <button
                  class="icon-button"
                  aria-label={`Forget the name “${version.name}”`}
                  onClick={() => act(() => api.forgetVersion(version.id), 'The name is forgotten.')}
                >
                  <Icon name="close" />
                </button>
              ) : null}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}
