import { getJsonKey, isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts'
import { appendPointer } from '../../../src/core/pointer.ts'

/** What an entry or a preview says of changes. */
export interface ToldChanges {
  readonly before?: JsonObject | undefined
  readonly after?: JsonObject | undefined
  readonly redacted?: readonly string[] | undefined
}

/** One leaf of an entry's changes: what a field was and what it became. */
export interface ChangedField {
  /** JSON Pointer (RFC 6901), the column first. */
  readonly path: string
  /** Undefined: there was no such key. */
  readonly before: JsonValue | undefined
  /** Undefined: there is no such key any more. */
  readonly after: JsonValue | undefined
  /** The column changed and its values are withheld from the log. */
  readonly isRedacted: boolean
}

/**
 * The fields that an entry changed, nested objects leaf by leaf, arrays whole. An insert has only the columns that hold
 * something, as a row of nulls tells nobody anything.
 */
export function changedFields(changes: ToldChanges | null): readonly ChangedField[] {
  if (changes === null) return []
  const { before, after, redacted = [] } = changes
  const fields: ChangedField[] = []
  if (before !== undefined && after !== undefined) collect(before, after, '', fields)
  else for (const [key, value] of Object.entries(after ?? before ?? {})) addWhole(key, value, before, fields)
  for (const column of redacted) {
    fields.push({ path: appendPointer('', column), before: undefined, after: undefined, isRedacted: true })
  }
  return fields
}

function addWhole(
  key: string,
  value: JsonValue,
  before: JsonObject | undefined,
  fields: ChangedField[],
): void {
  if (value === null) return
  const path = appendPointer('', key)
  fields.push(
    before === undefined
      ? { path, before: undefined, after: value, isRedacted: false }
      : { path, before: value, after: undefined, isRedacted: false },
  )
}

function collect(before: JsonObject, after: JsonObject, place: string, fields: ChangedField[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, next] = [getJsonKey(before, key), getJsonKey(after, key)]
    const path = appendPointer(place, key)
    if (isJsonObject(old) && isJsonObject(next) && hasKeys(old, next)) collect(old, next, path, fields)
    else fields.push({ path, before: old, after: next, isRedacted: false })
  }
}

function hasKeys(...objects: readonly JsonObject[]): boolean {
  return objects.some((object) => Object.keys(object).length > 0)
}
