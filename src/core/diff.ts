import type { Changes } from './changes.ts'
import { getJsonKey, isJsonObject, isSameJson, type JsonObject, type JsonValue } from './json.ts'

/**
 * The changes that lead from one state to another, pruned to what differs, or null if nothing does. `null` for a
 * state means that there is no element. `backstory.diff` is the same in SQL; docs/reference/changes.md specifies
 * both. `apply(before, diff(before, after))` is `after`, and `rewind(after, diff(before, after))` is `before`.
 *
 * @example
 * diff({ a: { x: 1 }, b: [1] }, { a: { x: 1, y: 2 }, b: [1] }) // { before: { a: {} }, after: { a: { y: 2 } } }
 */
export function diff(before: JsonObject | null, after: JsonObject | null): Changes | null {
  if (before === null) return after === null ? null : { after }
  if (after === null) return { before }
  return diffObjects(before, after)
}

interface Difference {
  readonly before: JsonObject
  readonly after: JsonObject
}

function diffObjects(before: JsonObject, after: JsonObject): Difference | null {
  if (before === after) return null
  // Assigning to the key `__proto__` would set a prototype; `Object.fromEntries` defines properties.
  const gone: (readonly [string, JsonValue])[] = []
  const come: (readonly [string, JsonValue])[] = []
  for (const [key, old] of Object.entries(before)) {
    const next = getJsonKey(after, key)
    if (next === undefined) {
      gone.push([key, old])
    } else if (isJsonObject(old) && isJsonObject(next)) {
      const nested = diffObjects(old, next)
      if (nested === null) continue
      gone.push([key, nested.before])
      come.push([key, nested.after])
    } else if (!isSameJson(old, next)) {
      gone.push([key, old])
      come.push([key, next])
    }
  }
  for (const [key, next] of Object.entries(after)) {
    if (!Object.hasOwn(before, key)) come.push([key, next])
  }
  return gone.length + come.length === 0
    ? null
    : { before: Object.fromEntries(gone), after: Object.fromEntries(come) }
}
