import type { JSX } from 'preact'

import type { UndoPreview } from '../api/api.ts'
import { changedFields } from '../model/changed-fields.ts'
import { nameType, shortenId } from '../model/entry-view.ts'
import { nameKey } from '../model/field-names.ts'
import { Notice } from '../shell/notice.tsx'
import { FieldDiffs } from '../values/field-diffs.tsx'
import { fieldsToChoose } from './restore-plan.ts'

/** What restoring would write: of one element field by field, each of which can be left out, else element by element. */
export function PreviewFields({
  preview,
  left,
  leave,
}: {
  readonly preview: UndoPreview
  /** The columns that are left as they are. */
  readonly left: ReadonlySet<string>
  readonly leave: (columns: ReadonlySet<string>) => void
}): JSX.Element | null {
  const fields = fieldsToChoose(preview)
  if (preview.changes.length === 0) {
    return preview.conflicts.length > 0 ? null : (
      <Notice icon="history" title="Everything is so already">
        <p>There is nothing to restore.</p>
      </Notice>
    )
  }
  if (fields.length === 0) return <PreviewElements preview={preview} />
  const [change] = preview.changes
  const toggle = (column: string) => {
    const next = new Set(left)
    if (!next.delete(column)) next.add(column)
    leave(next)
  }
  return (
    <fieldset class="choices">
      <legend>
        {left.size === 0 ? 'What will change' : 'What will change: only the fields that are ticked'}
      </legend>
      {[...Map.groupBy(fields, ({ column }) => column)].map(([column, ofColumn]) => (
        <div class={`choice${left.has(column) ? ' is-left' : ''}`} key={column}>
          <label class="check">
            <input type="checkbox" checked={!left.has(column)} onChange={() => toggle(column)} />
            <span>{nameKey(column)}</span>
          </label>
          <FieldDiffs
            isInside
            fields={ofColumn}
            element={{ elementType: change?.elementType ?? '', elementId: change?.elementId ?? '' }}
          />
        </div>
      ))}
    </fieldset>
  )
}

function PreviewElements({ preview }: { readonly preview: UndoPreview }): JSX.Element {
  return (
    <section>
      <h3 class="detail-heading">
        {preview.changes.length === 1 ? 'What will change' : `${preview.changes.length} elements will change`}
      </h3>
      <ul class="previewed">
        {preview.changes.slice(0, 100).map(({ elementType, elementId, action, changes }) => (
          <li key={`${elementType} ${elementId}`}>
            <details>
              <summary>
                <b>{verbs[action]}</b> {nameType(elementType)}{' '}
                <span class="is-id">{shortenId(elementId)}</span>
              </summary>
              <FieldDiffs fields={changedFields(changes)} element={{ elementType, elementId }} />
            </details>
          </li>
        ))}
      </ul>
      {preview.changes.length > 100 ? <p class="faint">and {preview.changes.length - 100} more</p> : null}
    </section>
  )
}

const verbs = { insert: 'Brings back', update: 'Changes', delete: 'Deletes' } as const
