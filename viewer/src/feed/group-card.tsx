import type { JSX } from 'preact'

import { describeGroup } from '../model/describe-group.ts'
import { actorOf } from '../model/entry-view.ts'
import { describePath, listNames } from '../model/field-names.ts'
import { formatClock } from '../model/format-time.ts'
import type { EntryGroup } from '../model/group-entries.ts'
import { sumChanges } from '../model/net-change.ts'
import { Icon } from '../shell/icon.tsx'
import { useCan, useViewer } from '../shell/viewer-context.ts'
import { FieldDiffs } from '../values/field-diffs.tsx'
import { Card } from './card.tsx'
import { EntryCard } from './entry-card.tsx'
import { toggleOpen, type FeedControls } from './feed-controls.ts'
import { useSignal } from '../shell/signal.ts'

/** An edit session or a transaction as one sentence; its entries are one step away. */
export function GroupCard({
  group,
  controls,
  isAboutOneElement,
}: {
  readonly group: EntryGroup
  readonly controls: FeedControls
  readonly isAboutOneElement: boolean
}): JSX.Element {
  const { time, nameActor } = useViewer()
  const [newest] = group.entries
  const oldest = group.entries.at(-1) ?? newest
  const key = `${group.kind} ${newest.id}`
  const [from, to] = [formatClock(oldest.timestamp, time), formatClock(newest.timestamp, time)]
  return (
    <Card
      isGroup
      class="is-group"
      entry={newest}
      parts={describeGroup(group, nameActor(actorOf(newest)), isAboutOneElement)}
      time={
        <>
          <time dateTime={newest.timestamp}>{from === to ? to : `${from} – ${to}`}</time>
          <span class="count">
            {group.kind === 'session'
              ? `${group.entries.length} edits`
              : `${group.entries.length} changes at once`}
            {group.isContinued ? ', continued' : ''}
          </span>
        </>
      }
      isOpen={useSignal(controls.open).has(key)}
      toggle={() => toggleOpen(controls, key)}
    >
      {() => <GroupDetail group={group} controls={controls} isAboutOneElement={isAboutOneElement} />}
    </Card>
  )
}

function GroupDetail({
  group,
  controls,
  isAboutOneElement,
}: {
  readonly group: EntryGroup
  readonly controls: FeedControls
  readonly isAboutOneElement: boolean
}): JSX.Element {
  const canUndo = useCan('undo')
  const [newest] = group.entries
  const sum = group.kind === 'session' ? sumChanges(group.entries) : null
  return (
    <div class="detail">
      {sum === null ? null : (
        <>
          <p class="detail-summary">{`All in all: ${
            listNames(
              sum.map(({ path }) => describePath(path)),
              6,
            ) || 'nothing'
          }`}</p>
          <FieldDiffs fields={sum} element={newest} />
        </>
      )}
      <h4 class="detail-heading">{group.kind === 'session' ? 'Edit by edit' : 'One by one'}</h4>
      <ol class="groups is-nested">
        {group.entries.map((entry) => (
          <li key={entry.id}>
            <EntryCard
              entry={entry}
              controls={controls}
              isAboutOneElement={isAboutOneElement && group.kind === 'session'}
            />
          </li>
        ))}
      </ol>
      {canUndo ? (
        <div class="actions">
          <button class="button" onClick={() => (controls.restoring.value = intentOf(group))}>
            <Icon name="undo" />
            {group.kind === 'session' ? 'Undo these edits…' : 'Undo all of it…'}
          </button>
        </div>
      ) : null}
    </div>
  )
}

function intentOf({ kind, entries }: EntryGroup): FeedControls['restoring']['value'] {
  return kind === 'transaction' ? { kind: 'transaction', entry: entries[0] } : { kind: 'entries', entries }
}
