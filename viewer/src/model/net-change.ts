import { diff } from '../../../src/core/diff.ts'
import { isJsonObject, isSameJson } from '../../../src/core/json.ts'
import { changedFields, type ChangedField } from './changed-fields.ts'
import type { LabelledEntry } from './entry-view.ts'

/**
 * What several successive updates of one element come to, field by field: a value that came back is no change. Null where
 * they cannot be summed up without knowing more than the entries say: an element that came or went in between, or a
 * document that was replaced as a whole and changed inside.
 *
 * @param entries newest first
 */
export function sumChanges(entries: readonly LabelledEntry[]): readonly ChangedField[] | null {
  const fields = new Map<string, ChangedField>()
  for (const entry of entries.toReversed()) {
    const { before, after } = entry.changes ?? {}
    if (entry.action !== 'update' || before === undefined || after === undefined) return null
    for (const field of changedFields(entry.changes)) {
      const earlier = fields.get(field.path)
      fields.set(field.path, earlier === undefined ? field : { ...field, before: earlier.before })
    }
  }
  const paths = [...fields.keys()]
  if (paths.some((path) => paths.some((other) => other.startsWith(`${path}/`)))) return null
  return [...fields.values()].flatMap(settle)
}

// what went and came again may be the same, or differ only inside
function settle(field: ChangedField): readonly ChangedField[] {
  const { path, before, after, isRedacted } = field
  if (isRedacted) return [field]
  if (before === undefined || after === undefined) return before === after ? [] : [field]
  if (isSameJson(before, after)) return []
  if (!isJsonObject(before) || !isJsonObject(after)) return [field]
  return changedFields(diff(before, after)).map((inner) => ({
    path: path + inner.path,
    before: inner.before,
    after: inner.after,
    isRedacted: false,
  }))
}
