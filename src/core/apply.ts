import type { Changes } from './changes.ts'
import { BackstoryError } from './errors.ts'
import { getJsonKey, isJsonObject, type JsonObject } from './json.ts'

/**
 * The state after `changes`, given the one before: the inverse of `rewind`. `null` for a state means that there is
 * no element, `null` for changes that nothing changed. `backstory.apply` is the same in SQL;
 * docs/reference/changes.md specifies both.
 *
 * Nothing that is passed is modified; what did not change is shared. Values that go are not compared with those of
 * the state: whether a history is without gaps is for the continuity check to say.
 *
 * @throws BackstoryError `changes_do_not_fit`: an update of an element that is not there, or of keys inside of a
 * value that is not an object. `details.path` says where.
 *
 * @example
 * apply({ name: 'Ged', hp: 10 }, { before: { hp: 10 }, after: { hp: 12, rank: 'archmage' } })
 * // { name: 'Ged', hp: 12, rank: 'archmage' }
 */
export function apply(previous: JsonObject | null, changes: Changes | null): JsonObject | null {
  return exchange(previous, changes?.before, changes?.after)
}

/**
 * The state before `changes`, given the one after: the inverse of `apply`, which it otherwise equals.
 *
 * @throws BackstoryError `changes_do_not_fit`, as `apply` does.
 *
 * @example
 * rewind({ name: 'Ged', hp: 12, rank: 'archmage' }, { before: { hp: 10 }, after: { hp: 12, rank: 'archmage' } })
 * // { name: 'Ged', hp: 10 }
 */
export function rewind(state: JsonObject | null, changes: Changes | null): JsonObject | null {
  return exchange(state, changes?.after, changes?.before)
}

function exchange(
  state: JsonObject | null,
  gone: JsonObject | undefined,
  come: JsonObject | undefined,
): JsonObject | null {
  if (gone === undefined) return come === undefined ? state : come
  if (come === undefined) return null
  if (state === null) throw doNotFit([])
  return exchangeKeys(state, gone, come, [])
}

function exchangeKeys(
  state: JsonObject,
  gone: JsonObject,
  come: JsonObject,
  path: readonly string[],
): JsonObject {
  const entries = new Map(Object.entries(state))
  for (const key of Object.keys(gone)) {
    if (!Object.hasOwn(come, key)) entries.delete(key)
  }
  for (const [key, value] of Object.entries(come)) {
    const old = getJsonKey(gone, key)
    if (isJsonObject(old) && isJsonObject(value)) {
      const present = entries.get(key)
      if (!isJsonObject(present)) throw doNotFit([...path, key])
      entries.set(key, exchangeKeys(present, old, value, [...path, key]))
    } else {
      entries.set(key, value)
    }
  }
  return Object.fromEntries(entries)
}

function doNotFit(path: readonly string[]): BackstoryError {
  const place = path.join('.')
  const found =
    path.length === 0
      ? 'they are of an update, and there is no element'
      : `they change keys inside of ${place}, and the state has no object there`
  return new BackstoryError(
    'changes_do_not_fit',
    `The changes do not fit the state: ${found}. Give changes in the order of the log and leave none out; ` +
      'if you did, a write escaped it: the continuity check says which.',
    { details: { path: place } },
  )
}
