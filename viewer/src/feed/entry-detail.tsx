import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { changedFields } from '../model/changed-fields.ts'
import type { LabelledEntry } from '../model/entry-view.ts'
import { formatMoment } from '../model/format-time.ts'
import { summarizeFields } from '../model/summarize-fields.ts'
import { Icon, type IconName } from '../shell/icon.tsx'
import { Answered } from '../shell/answered.tsx'
import { useRequest } from '../shell/use-request.ts'
import { useCan, useViewer } from '../shell/viewer-context.ts'
import { FieldDiffs } from '../values/field-diffs.tsx'
import { CompareStates } from '../versions/compare-states.tsx'
import { EntryTime } from './circumstances.tsx'
import { markForComparison, type FeedControls } from './feed-controls.ts'
import { Sentence, useSentence } from './sentence.tsx'
import { useSignal } from '../shell/signal.ts'

/** What an entry changed, against the version before it or that of now, and what can be done about it. */
export function EntryDetail({
  entry,
  controls,
}: {
  readonly entry: LabelledEntry
  readonly controls: FeedControls
}): JSX.Element {
  const [against, setAgainst] = useState<'previous' | 'current'>('previous')
  const canCompare = useSignal(useViewer().me)?.states === true && isVersioned(entry)
  return (
    <div class="detail" part="detail">
      {canCompare ? <AgainstChoice against={against} choose={setAgainst} /> : null}
      {against === 'previous' ? (
        <OwnChange entry={entry} />
      ) : (
        <CompareStates
          element={entry}
          older={{ entry: entry.id }}
          newer={{}}
          olderName="This version"
          newerName="Now"
        />
      )}
      <Actions entry={entry} controls={controls} canCompare={canCompare} />
      <Together entry={entry} />
      <RawEntry entry={entry} />
    </div>
  )
}

function OwnChange({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const fields = changedFields(entry.changes)
  const isWhole = entry.action === 'insert' || entry.action === 'delete'
  return (
    <div class={isWhole ? `is-whole is-${entry.action}` : ''}>
      <p class="detail-summary">{summarizeFields(entry, fields)}</p>
      {fields.length === 0 ? null : <FieldDiffs fields={fields} element={entry} />}
    </div>
  )
}

function AgainstChoice({
  against,
  choose,
}: {
  readonly against: 'previous' | 'current'
  readonly choose: (against: 'previous' | 'current') => void
}): JSX.Element {
  return (
    <div class="segments" role="group" aria-label="Compare with">
      <button aria-pressed={against === 'previous'} onClick={() => choose('previous')}>
        With the version before
      </button>
      <button aria-pressed={against === 'current'} onClick={() => choose('current')}>
        With now
      </button>
    </div>
  )
}

function Actions({
  entry,
  controls,
  canCompare,
}: {
  readonly entry: LabelledEntry
  readonly controls: FeedControls
  readonly canCompare: boolean
}): JSX.Element | null {
  const { isPreviewable, api, emit } = useViewer()
  const [canRestore, canUndo] = [useCan('restore'), useCan('undo')]
  const canLabel = useCan('label')
  const { restoring } = controls
  const marked = useSignal(controls.marked)
  if (!isVersioned(entry)) return null
  const isMarked = marked?.id === entry.id
  const preview = async () => {
    const { elementType, elementId } = entry
    const { state } = await api.state({ elementType, elementId, entry: entry.id })
    emit('backstory-preview', { elementType, elementId, state, entry })
  }
  return (
    <div class="actions">
      {canRestore && entry.action !== 'delete' ? (
        <Action icon="restore" class="" run={() => (restoring.value = { kind: 'version', entry })}>
          Restore this version…
        </Action>
      ) : null}
      {canRestore && entry.action === 'delete' ? (
        <Action icon="restore" class="" run={() => (restoring.value = { kind: 'deleted', entry })}>
          Bring it back…
        </Action>
      ) : null}
      {canUndo ? (
        <Action icon="undo" run={() => (restoring.value = { kind: 'entries', entries: [entry] })}>
          Undo this change…
        </Action>
      ) : null}
      {canCompare ? (
        <Action icon="compare" isOn={isMarked} run={() => markForComparison(controls, entry)}>
          {isMarked
            ? 'Marked for comparison'
            : marked === null
              ? 'Compare with another…'
              : 'Compare with the marked one'}
        </Action>
      ) : null}
      {canLabel && canCompare ? (
        <Action run={() => (controls.naming.value = { ...entry, entry })}>Name it…</Action>
      ) : null}
      {isPreviewable && canCompare ? (
        <Action icon="eye" run={() => void preview()}>
          Preview
        </Action>
      ) : null}
    </div>
  )
}

function Action({
  icon,
  class: name = 'is-quiet',
  isOn,
  run,
  children,
}: {
  readonly icon?: IconName
  readonly class?: string
  readonly isOn?: boolean
  readonly run: () => void
  readonly children: string
}): JSX.Element {
  return (
    <button class={`button ${name}`} aria-pressed={isOn} onClick={run}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  )
}

function Together({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What changed together with it</summary>
      {isOpen ? <TogetherList entry={entry} /> : null}
    </details>
  )
}

function TogetherList({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const { api } = useViewer()
  const request = useRequest(entry.id, async (signal) => {
    const { together, more } = await api.entry(entry.id, signal)
    return { others: together.filter(({ id }) => id !== entry.id), more }
  })
  return (
    <Answered request={request} lines={2}>
      {({ others, more }) =>
        others.length === 0 ? (
          <p class="faint">Nothing else: it was the only change of its transaction.</p>
        ) : (
          <>
            <ul class="together">
              {others.map((other) => (
                <li key={other.id}>
                  <TogetherSentence entry={other} />
                </li>
              ))}
            </ul>
            {more ? <p class="faint">And more than can be listed here.</p> : null}
          </>
        )
      }
    </Answered>
  )
}

function TogetherSentence({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const parts = useSentence(entry, false)
  return (
    <>
      <Sentence parts={parts} entry={entry} /> <EntryTime entry={entry} />
    </>
  )
}

function RawEntry({ entry }: { readonly entry: LabelledEntry }): JSX.Element {
  const { time } = useViewer()
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Raw entry {entry.id}</summary>
      {isOpen ? (
        <>
          <p class="faint">
            {formatMoment(entry.timestamp, time)} · transaction {entry.transactionId} · {entry.elementType}{' '}
            {entry.elementId}
          </p>
          <pre class="raw" tabIndex={0}>
            {JSON.stringify({ changes: entry.changes, context: entry.context }, null, 2)}
          </pre>
        </>
      ) : null}
    </details>
  )
}

function isVersioned({ action }: LabelledEntry): boolean {
  return action === 'insert' || action === 'update' || action === 'delete'
}
