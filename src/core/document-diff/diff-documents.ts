import {
  getJsonKey,
  isJsonArray,
  isJsonObject,
  isSameJson,
  type JsonObject,
  type JsonValue,
} from '../json.ts'
import { appendPointer } from '../pointer.ts'
import { alignItems } from './align-items.ts'

/**
 * One difference between two documents. `path` is a JSON Pointer (RFC 6901) into the document after, but of what was
 * removed, into the one before; so is `from`.
 */
export type DocumentChange =
  | { readonly kind: 'added'; readonly path: string; readonly after: JsonValue }
  | { readonly kind: 'removed'; readonly path: string; readonly before: JsonValue }
  | { readonly kind: 'changed'; readonly path: string; readonly before: JsonValue; readonly after: JsonValue }
  | { readonly kind: 'moved'; readonly path: string; readonly from: string }

/** How documents are compared. */
export interface DocumentDiffOptions {
  /**
   * The keys by which items of arrays are known, the first that every item has and no two share. Default: `id`, `key`,
   * `name`.
   */
  readonly identityKeys?: readonly string[]
}

/** What `identityKeys` are unless they are given. */
export const defaultIdentityKeys = ['id', 'key', 'name'] as const

/**
 * What differs between two documents, leaf by leaf. Objects are compared by key; items of arrays by identity where
 * they have one, else by a longest common subsequence. No document (`null`) differs as a whole from any.
 *
 * @example
 * diffDocuments({ tags: ['a', 'b'] }, { tags: ['b'], hp: 1 })
 * // [{ kind: 'removed', path: '/tags/0', before: 'a' }, { kind: 'added', path: '/hp', after: 1 }]
 */
export function diffDocuments(
  before: JsonValue,
  after: JsonValue,
  options: DocumentDiffOptions = {},
): readonly DocumentChange[] {
  const changes: DocumentChange[] = []
  compare(before, after, { before: '', after: '' }, options.identityKeys ?? defaultIdentityKeys, changes)
  return changes
}

/** Where two values stand in their documents. */
interface Places {
  readonly before: string
  readonly after: string
}

function compare(
  before: JsonValue,
  after: JsonValue,
  places: Places,
  identityKeys: readonly string[],
  changes: DocumentChange[],
): void {
  if (before === after) return
  if (isJsonArray(before) && isJsonArray(after)) {
    if (!isSameJson(before, after)) compareArrays(before, after, places, identityKeys, changes)
  } else if (isJsonObject(before) && isJsonObject(after)) {
    compareObjects(before, after, places, identityKeys, changes)
  } else if (!isSameJson(before, after)) {
    changes.push({ kind: 'changed', path: places.after, before, after })
  }
}

function compareObjects(
  before: JsonObject,
  after: JsonObject,
  places: Places,
  identityKeys: readonly string[],
  changes: DocumentChange[],
): void {
  for (const key of Object.keys(before)) {
    const [old, next] = [getJsonKey(before, key), getJsonKey(after, key)]
    if (old === undefined || old === next) continue
    if (next === undefined) {
      changes.push({ kind: 'removed', path: appendPointer(places.before, key), before: old })
    } else {
      compare(old, next, step(places, key, key), identityKeys, changes)
    }
  }
  for (const key of Object.keys(after)) {
    const next = getJsonKey(after, key)
    if (next !== undefined && !Object.hasOwn(before, key)) {
      changes.push({ kind: 'added', path: appendPointer(places.after, key), after: next })
    }
  }
}

function compareArrays(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  places: Places,
  identityKeys: readonly string[],
  changes: DocumentChange[],
): void {
  const { pairs, moved } = alignItems(before, after, identityKeys)
  const sources = new Map(pairs.map(([from, to]) => [to, from]))
  const stayed = new Set(pairs.map(([from]) => from))
  for (const [from, old] of before.entries()) {
    if (!stayed.has(from)) {
      changes.push({ kind: 'removed', path: appendPointer(places.before, from), before: old })
    }
  }
  for (const [to, next] of after.entries()) {
    const from = sources.get(to)
    const old = from === undefined ? undefined : before[from]
    if (from === undefined || old === undefined) {
      changes.push({ kind: 'added', path: appendPointer(places.after, to), after: next })
      continue
    }
    const inside = step(places, from, to)
    if (moved.has(to)) changes.push({ kind: 'moved', path: inside.after, from: inside.before })
    compare(old, next, inside, identityKeys, changes)
  }
}

function step(places: Places, before: string | number, after: string | number): Places {
  return { before: appendPointer(places.before, before), after: appendPointer(places.after, after) }
}
