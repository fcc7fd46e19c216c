import type { JSX } from 'preact'

import type { UndoPreview } from '../api/api.ts'
import { nameType, shortenId } from '../model/entry-view.ts'
import { describePath } from '../model/field-names.ts'
import { Icon } from '../shell/icon.tsx'
import { useUniqueId } from '../shell/use-unique-id.ts'
import type { ConflictMode } from './restore-plan.ts'

type Conflict = UndoPreview['conflicts'][number]

/** What was changed again since, and the choice of what to do about it. */
export function PreviewConflicts({
  preview,
  mode,
  choose,
}: {
  readonly preview: UndoPreview
  readonly mode: ConflictMode
  readonly choose: (mode: ConflictMode) => void
}): JSX.Element | null {
  const name = useUniqueId()
  const { conflicts } = preview
  if (conflicts.length === 0) return null
  return (
    <section class="conflicts">
      <h3 class="conflicts-title">
        <Icon name="warning" />
        {conflicts.length === 1
          ? 'Something was changed again since'
          : `${conflicts.length} things were changed again since`}
      </h3>
      <ul>
        {conflicts.slice(0, 50).map((conflict, index) => (
          <li key={index}>{describeConflict(conflict)}</li>
        ))}
      </ul>
      <fieldset class="modes">
        <legend class="hidden">What to do about it</legend>
        {modes.map(([value, label]) => (
          <label class="check" key={value}>
            <input type="radio" name={name} checked={mode === value} onChange={() => choose(value)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
    </section>
  )
}

/** What does not come back, and why. */
export function PreviewOmitted({ preview }: { readonly preview: UndoPreview }): JSX.Element | null {
  if (preview.omitted.length === 0) return null
  const reasons = Map.groupBy(preview.omitted, ({ reason }) => reason)
  return (
    <ul class="omitted">
      {[...reasons].map(([reason, columns]) => (
        <li key={reason}>
          {[...new Set(columns.map(({ column }) => describePath(`/${column}`)))].join(', ')}:{' '}
          {omissions[reason]}
        </li>
      ))}
    </ul>
  )
}

const modes = [
  ['refuse', 'Change nothing'],
  ['skip', 'Restore the rest, and leave what was changed since'],
  ['force', 'Restore all of it, over what was changed since'],
] as const

const omissions = {
  dropped: 'does not come back, as the column is gone',
  redacted: 'does not come back, as its values are not recorded',
  ignored: 'does not come back, as it is not recorded',
} as const

function describeConflict({ kind, elementType, elementId, path }: Conflict): string {
  const what = `${nameType(elementType)} ${shortenId(elementId)}`
  switch (kind) {
    case 'changed':
      return path === '' ? `${what} is another now` : `${describePath(path)} of ${what} is another now`
    case 'gone':
      return `${what} was deleted`
    case 'exists':
      return `${what} is there again, and is another`
    case 'referenced':
      return `${what} is referred to by others`
  }
}
