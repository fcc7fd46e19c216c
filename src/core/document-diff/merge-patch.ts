import { BackstoryError } from '../errors.ts'
import {
  getJsonKey,
  isJsonArray,
  isJsonObject,
  isSameJson,
  type JsonObject,
  type JsonValue,
} from '../json.ts'
import { appendPointer } from '../pointer.ts'

/**
 * The JSON merge patch (RFC 7396) that makes one document of another. It replaces arrays as a whole, and cannot set a
 * member to null, since null removes.
 *
 * @throws BackstoryError `invalid_argument` where the document after has a null that would have to be set; `toJsonPatch`
 *   can say it
 * @example toMergePatch({ hp: 1, rank: 'mage' }, { hp: 2 }) // { hp: 2, rank: null }
 */
export function toMergePatch(before: JsonValue, after: JsonValue): JsonValue {
  return isJsonObject(before) && isJsonObject(after) ? mergeObjects(before, after, '') : settable(after, '')
}

function mergeObjects(before: JsonObject, after: JsonObject, path: string): JsonObject {
  const members: (readonly [string, JsonValue])[] = []
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) members.push([key, null])
  for (const key of Object.keys(after)) {
    const [old, next] = [getJsonKey(before, key), getJsonKey(after, key)]
    if (next === undefined || (old !== undefined && isSameJson(old, next))) continue
    const place = appendPointer(path, key)
    if (next === null) throw notSettable(place)
    members.push([
      key,
      isJsonObject(old) && isJsonObject(next) ? mergeObjects(old, next, place) : settable(next, place),
    ])
  }
  return Object.fromEntries(members)
}

// a merge patch applied to no object drops the nulls of objects, but not those in arrays
function settable(value: JsonValue, path: string): JsonValue {
  if (isJsonArray(value) || !isJsonObject(value)) return value
  for (const key of Object.keys(value)) {
    const member = getJsonKey(value, key) ?? null
    if (member === null) throw notSettable(appendPointer(path, key))
    settable(member, appendPointer(path, key))
  }
  return value
}

function notSettable(path: string): BackstoryError {
  return new BackstoryError(
    'invalid_argument',
    `A merge patch cannot set ${path} to null, because null removes (RFC 7396). Use toJsonPatch.`,
  )
}
