import type { Changes, JsonValue } from 'backstory'

import { isJsonObject } from '../json-object.ts'

/** One value that changed. What is undefined was not there. */
export interface LeafChange {
  /** Keys from the column down, joined by dots: `attributes.stats.oar`. */
  readonly path: string
  readonly before: JsonValue | undefined
  readonly after: JsonValue | undefined
}

/** The values that differ between both sides of an entry's changes, each with its path. */
export function listLeafChanges(changes: Changes): readonly LeafChange[] {
  return [...walk(changes.before, changes.after, '')]
}

function* walk(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: string,
): Iterable<LeafChange> {
  const sides = [before, after].filter((side) => side !== undefined)
  const keys = sides.every(isJsonObject) ? [...new Set(sides.flatMap((side) => Object.keys(side)))] : []
  // an empty object on one side alone is a value like any other
  if (keys.length > 0) {
    for (const key of keys) {
      yield* walk(readKey(before, key), readKey(after, key), path === '' ? key : `${path}.${key}`)
    }
  } else if (sides.length > 0) {
    yield { path, before, after }
  }
}

function readKey(side: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(side) && Object.hasOwn(side, key) ? side[key] : undefined
}
