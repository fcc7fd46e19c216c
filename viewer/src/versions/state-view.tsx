import type { JSX } from 'preact'

import { isSameJson, type JsonObject } from '../../../src/core/json.ts'
import { nameKey } from '../model/field-names.ts'
import { appendPointer } from '../../../src/core/pointer.ts'
import { Value } from '../values/value.tsx'

/** A state of an element, field by field; what differs from another state is marked. */
export function StateView({
  state,
  other,
  elementType,
}: {
  readonly state: JsonObject
  /** The state to mark differences from; null: none. */
  readonly other: JsonObject | null
  readonly elementType: string
}): JSX.Element {
  return (
    <dl class="state" part="state">
      {Object.entries(state).map(([column, value]) => {
        const was = other === null ? value : (other[column] ?? null)
        const isChanged = !isSameJson(was, value)
        return (
          <div class={`state-row${isChanged ? ' is-changed' : ''}`} key={column}>
            <dt>
              {nameKey(column)}
              {isChanged ? <span class="tag is-new">changed here</span> : null}
            </dt>
            <dd>
              <Value
                value={value}
                context={{ elementType, path: appendPointer('', column), side: 'state' }}
              />
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
