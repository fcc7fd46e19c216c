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
import { defaultIdentityKeys, type DocumentDiffOptions } from './diff-documents.ts'

/** One operation of a JSON Patch (RFC 6902). They apply one after the other. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string }

/**
 * The JSON Patch (RFC 6902) that makes one document of another: what any library for JSON Patch applies.
 *
 * @example toJsonPatch({ hp: 1 }, { hp: 2 }) // [{ op: 'replace', path: '/hp', value: 2 }]
 */
export function toJsonPatch(
  before: JsonValue,
  after: JsonValue,
  options: DocumentDiffOptions = {},
): readonly JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = []
  patch(before, after, '', options.identityKeys ?? defaultIdentityKeys, operations)
  return operations
}

function patch(
  before: JsonValue,
  after: JsonValue,
  path: string,
  identityKeys: readonly string[],
  operations: JsonPatchOperation[],
): void {
  if (before === after || isSameJson(before, after)) return
  if (isJsonArray(before) && isJsonArray(after)) patchArray(before, after, path, identityKeys, operations)
  else if (isJsonObject(before) && isJsonObject(after)) {
    patchObject(before, after, path, identityKeys, operations)
  } else operations.push({ op: 'replace', path, value: after })
}

function patchObject(
  before: JsonObject,
  after: JsonObject,
  path: string,
  identityKeys: readonly string[],
  operations: JsonPatchOperation[],
): void {
  for (const key of Object.keys(before)) {
    const [old, next] = [getJsonKey(before, key), getJsonKey(after, key)]
    const place = appendPointer(path, key)
    if (next === undefined) operations.push({ op: 'remove', path: place })
    else if (old !== undefined) patch(old, next, place, identityKeys, operations)
  }
  for (const key of Object.keys(after)) {
    const value = getJsonKey(after, key)
    if (value !== undefined && !Object.hasOwn(before, key)) {
      operations.push({ op: 'add', path: appendPointer(path, key), value })
    }
  }
}

// First what goes, from the end; then, from the beginning, each item comes to its place; then what changed inside.
function patchArray(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  path: string,
  identityKeys: readonly string[],
  operations: JsonPatchOperation[],
): void {
  const { pairs, moved } = alignItems(before, after, identityKeys)
  const targets = new Map(pairs)
  for (let from = before.length - 1; from >= 0; from--) {
    if (!targets.has(from)) operations.push({ op: 'remove', path: appendPointer(path, from) })
  }
  const sources = new Map(pairs.map(([from, to]) => [to, from]))
  // the list as it stands, by index after
  const list = pairs.map(([, to]) => to)
  for (const [to, value] of after.entries()) {
    if (!sources.has(to)) {
      list.splice(to, 0, to)
      operations.push({ op: 'add', path: appendPointer(path, to), value })
      continue
    }
    // what is to move further on would make everything behind it move instead
    for (
      let here = list[to];
      here !== undefined && here !== to && moved.has(here) && !moved.has(to);
      here = list[to]
    ) {
      list.splice(to, 1)
      list.push(here)
      operations.push({
        op: 'move',
        from: appendPointer(path, to),
        path: appendPointer(path, list.length - 1),
      })
    }
    const at = list.indexOf(to, to)
    if (at === to) continue
    list.splice(at, 1)
    list.splice(to, 0, to)
    operations.push({ op: 'move', from: appendPointer(path, at), path: appendPointer(path, to) })
  }
  for (const [from, to] of pairs) {
    const [old, next] = [before[from], after[to]]
    if (old !== undefined && next !== undefined)
      patch(old, next, appendPointer(path, to), identityKeys, operations)
  }
}
