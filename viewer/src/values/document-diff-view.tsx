import type { JSX } from 'preact'

import { diffDocuments, type DocumentChange } from '../../../src/core/document-diff/diff-documents.ts'
import type { JsonValue } from '../../../src/core/json.ts'
import { describePlace } from '../model/describe-place.ts'
import { asProse } from '../model/value-kind.ts'
import type { FieldContext } from './field-renderers.ts'
import { Added, Removed } from './mark.tsx'
import { TextDiffView } from './text-diff-view.tsx'
import { Value } from './value.tsx'

/** What differs between two documents, place by place: items of lists by what they are, not by where they stand. */
export function DocumentDiffView(properties: {
  readonly before: JsonValue
  readonly after: JsonValue
  readonly context: Omit<FieldContext, 'side'>
}): JSX.Element {
  const { before, after, context } = properties
  const changes = diffDocuments(before, after)
  const shown = changes.slice(0, 200)
  return (
    <ul class="document-diff">
      {shown.map((change, index) => (
        <li key={index}>
          <span class="place">{describePlace(change.kind === 'removed' ? before : after, change.path)}</span>
          <span class="outcome">
            <Outcome change={change} before={before} context={context} />
          </span>
        </li>
      ))}
      {changes.length > shown.length ? <li class="faint">and {changes.length - shown.length} more</li> : null}
    </ul>
  )
}

function Outcome({
  change,
  before,
  context,
}: {
  readonly change: DocumentChange
  readonly before: JsonValue
  readonly context: Omit<FieldContext, 'side'>
}): JSX.Element {
  const at = (side: FieldContext['side']): FieldContext => ({
    ...context,
    path: context.path + change.path,
    side,
  })
  switch (change.kind) {
    case 'added':
      return (
        <Added>
          <Value value={change.after} context={at('after')} />
        </Added>
      )
    case 'removed':
      return (
        <Removed>
          <Value value={change.before} context={at('before')} />
        </Removed>
      )
    case 'moved':
      return <span class="moved">moved from {describePlace(before, change.from)}</span>
    case 'changed': {
      const prose = asProse(change.before, change.after)
      if (prose !== null) return <TextDiffView {...prose} />
      return (
        <>
          <Removed>
            <Value value={change.before} context={at('before')} />
          </Removed>
          <span class="becomes" aria-hidden="true">
            →
          </span>
          <Added>
            <Value value={change.after} context={at('after')} />
          </Added>
        </>
      )
    }
  }
}
