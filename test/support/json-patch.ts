import { isJsonArray, isJsonObject, type JsonValue } from '../../src/core/json.ts'
import type { JsonPatchOperation } from '../../src/core/document-diff/json-patch.ts'

/** Applies a JSON Patch, by the letter of RFC 6902: what the patches of diffs are tested with. */
export function applyJsonPatch(document: JsonValue, operations: readonly JsonPatchOperation[]): JsonValue {
  return operations.reduce<JsonValue>((state, operation) => {
    switch (operation.op) {
      case 'add':
        return put(state, parse(operation.path), operation.value, 'add')
      case 'replace':
        return put(state, parse(operation.path), operation.value, 'replace')
      case 'remove':
        return take(state, parse(operation.path)).rest
      case 'move': {
        const { taken, rest } = take(state, parse(operation.from))
        return put(rest, parse(operation.path), taken, 'add')
      }
    }
  }, document)
}

function parse(pointer: string): readonly string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function put(state: JsonValue, path: readonly string[], value: JsonValue, op: 'add' | 'replace'): JsonValue {
  const [segment, ...rest] = path
  if (segment === undefined) return value
  if (isJsonArray(state)) {
    const index = Number(segment)
    if (!(index >= 0) || index > state.length - (op === 'add' && rest.length === 0 ? 0 : 1))
      throw new Error(path.join('/'))
    if (rest.length > 0) return state.with(index, put(state[index] ?? null, rest, value, op))
    return op === 'add' ? state.toSpliced(index, 0, value) : state.with(index, value)
  }
  if (!isJsonObject(state)) throw new Error(`No such place: ${path.join('/')}`)
  const member = Object.getOwnPropertyDescriptor(state, segment)
  if (member === undefined && (op === 'replace' || rest.length > 0))
    throw new Error(`No such key: ${segment}`)
  const next = rest.length > 0 ? put(state[segment] ?? null, rest, value, op) : value
  return Object.fromEntries([...Object.entries(state).filter(([key]) => key !== segment), [segment, next]])
}

function take(
  state: JsonValue,
  path: readonly string[],
): { readonly taken: JsonValue; readonly rest: JsonValue } {
  const [segment, ...rest] = path
  if (segment === undefined) throw new Error('The whole document cannot be removed.')
  if (isJsonArray(state)) {
    const index = Number(segment)
    const item = state[index]
    if (item === undefined) throw new Error(`No such item: ${segment}`)
    if (rest.length === 0) return { taken: item, rest: state.toSpliced(index, 1) }
    const inner = take(item, rest)
    return { taken: inner.taken, rest: state.with(index, inner.rest) }
  }
  if (!isJsonObject(state) || !Object.hasOwn(state, segment)) throw new Error(`No such key: ${segment}`)
  const member = state[segment] ?? null
  const others = Object.entries(state).filter(([key]) => key !== segment)
  if (rest.length === 0) return { taken: member, rest: Object.fromEntries(others) }
  const inner = take(member, rest)
  return { taken: inner.taken, rest: Object.fromEntries([...others, [segment, inner.rest]]) }
}
