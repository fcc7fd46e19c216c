import type { JSX } from 'preact'

import { isJsonArray, isJsonObject, type JsonValue } from '../../../src/core/json.ts'
import type { ChangedField } from '../model/changed-fields.ts'
import type { ElementName } from '../model/view-state.ts'
import { asProse } from '../model/value-kind.ts'
import { lazyPart } from '../shell/lazy-part.tsx'
import { FieldName } from './field-name.tsx'
import { Added, Removed } from './mark.tsx'
import { TextDiffView } from './text-diff-view.tsx'
import { Value } from './value.tsx'

const DocumentDiffView = lazyPart((more) => more.DocumentDiffView)

/** What became of each field: the older value first, or left where there is room. */
export function FieldDiffs({
  fields,
  element,
  isInside = false,
}: {
  readonly fields: readonly ChangedField[]
  readonly element: ElementName
  /** The column is named already: only the way within it is. */
  readonly isInside?: boolean
}): JSX.Element {
  return (
    <dl class="fields" part="fields">
      {fields.map((field) => (
        <div class="field" key={field.path}>
          <dt>
            <FieldName path={field.path} element={element} isInside={isInside} />
          </dt>
          <dd>
            <FieldOutcome field={field} elementType={element.elementType} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function FieldOutcome({
  field,
  elementType,
}: {
  readonly field: ChangedField
  readonly elementType: string
}): JSX.Element {
  const { path, before, after, isRedacted } = field
  if (isRedacted) return <span class="faint">changed; its values are not recorded</span>
  if (before !== undefined && after !== undefined) {
    const prose = asProse(before, after)
    if (prose !== null) return <TextDiffView {...prose} />
    if (haveInside(before, after)) {
      return <DocumentDiffView before={before} after={after} context={{ elementType, path }} />
    }
  }
  return (
    <span class="outcome">
      {before === undefined ? null : (
        <Removed>
          <Value value={before} context={{ elementType, path, side: 'before' }} />
        </Removed>
      )}
      {before === undefined || after === undefined ? null : (
        <span class="becomes" aria-hidden="true">
          →
        </span>
      )}
      {after === undefined ? null : (
        <Added>
          <Value value={after} context={{ elementType, path, side: 'after' }} />
        </Added>
      )}
    </span>
  )
}

function haveInside(before: JsonValue, after: JsonValue): boolean {
  return (isJsonArray(before) && isJsonArray(after)) || (isJsonObject(before) && isJsonObject(after))
}
