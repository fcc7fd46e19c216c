import type { ComponentChildren, JSX } from 'preact'

import { diff } from '../../../src/core/diff.ts'
import { changedFields } from '../model/changed-fields.ts'
import type { ElementName } from '../model/view-state.ts'
import { Answered } from '../shell/answered.tsx'
import { useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { FieldDiffs } from '../values/field-diffs.tsx'

/** A moment of an element: right after an entry, at a time, or now. */
export interface Moment {
  readonly entry?: string
  readonly at?: string
}

/** What differs between two states of an element, the older one on the left. */
export function CompareStates({
  element,
  older,
  newer,
  olderName,
  newerName,
}: {
  readonly element: ElementName
  readonly older: Moment
  readonly newer: Moment
  readonly olderName: ComponentChildren
  readonly newerName: ComponentChildren
}): JSX.Element {
  const { api } = useViewer()
  const { elementType, elementId } = element
  const request = useRequest(JSON.stringify([elementType, elementId, older, newer]), async (signal) => {
    const { before, after } = await api.diff(
      {
        elementType,
        elementId,
        ...(older.entry === undefined ? {} : { fromEntry: older.entry }),
        ...(older.at === undefined ? {} : { from: older.at }),
        ...(newer.entry === undefined ? {} : { toEntry: newer.entry }),
        ...(newer.at === undefined ? {} : { to: newer.at }),
      },
      signal,
    )
    return { before, after, fields: changedFields(diff(before, after)) }
  })
  return (
    <Answered request={request} lines={3} label="Comparing">
      {({ before, after, fields }) => (
        <div class="comparison" part="comparison">
          <div class="sides">
            <span class="moment is-older">{olderName}</span>
            <span class="becomes" aria-hidden="true">
              →
            </span>
            <span class="moment is-newer">{newerName}</span>
          </div>
          <p class="detail-summary">{summarize(before === null, after === null, fields.length)}</p>
          {fields.length === 0 ? null : <FieldDiffs fields={fields} element={element} />}
        </div>
      )}
    </Answered>
  )
}

function summarize(wasNothing: boolean, isNothing: boolean, count: number): string {
  if (wasNothing && isNothing) return 'It exists at neither moment.'
  if (wasNothing) return 'It did not exist at the older moment.'
  if (isNothing) return 'It does not exist at the newer moment.'
  if (count === 0) return 'The two versions are the same.'
  return count === 1 ? '1 field differs:' : `${count} fields differ:`
}
