import type { JSX } from 'preact'

import { formatJson, isJsonArray, isJsonObject, type JsonValue } from '../../../src/core/json.ts'

/** A document as a tree whose branches fold; the outermost is open. */
export function JsonTree({ value }: { readonly value: JsonValue }): JSX.Element {
  return (
    <div class="tree">
      <Branch name={null} value={value} depth={0} />
    </div>
  )
}

function Branch({
  name,
  value,
  depth,
}: {
  readonly name: string | null
  readonly value: JsonValue
  readonly depth: number
}): JSX.Element {
  const members = membersOf(value)
  if (members === null || members.length === 0) {
    return (
      <div class="leaf">
        {name === null ? null : <span class="key">{name}: </span>}
        <span class={`literal is-${typeof value}`}>{literal(value)}</span>
      </div>
    )
  }
  const count = `${members.length} ${isJsonArray(value) ? 'item' : 'key'}${members.length === 1 ? '' : 's'}`
  return (
    <details open={depth === 0 && members.length <= 12}>
      <summary>
        {name === null ? null : <span class="key">{name} </span>}
        <span class="faint">{count}</span>
      </summary>
      <div class="members">
        {members.map(([key, member]) => (
          <Branch key={key} name={key} value={member} depth={depth + 1} />
        ))}
      </div>
    </details>
  )
}

function membersOf(value: JsonValue): readonly (readonly [string, JsonValue])[] | null {
  if (isJsonArray(value)) return value.map((item, index) => [String(index + 1), item])
  return isJsonObject(value) ? Object.entries(value) : null
}

function literal(value: JsonValue): string {
  return typeof value === 'string' ? value : formatJson(value)
}
