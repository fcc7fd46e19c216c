import type { Changes } from '../core/changes.ts'
import type { Entry } from '../core/entry.ts'
import type { UndoConflict } from '../core/undo/conflict.ts'
import type { NarrowedBackstory } from '../backstory/narrowed.ts'
import type { Undone } from '../backstory/undo.ts'
import type { ConflictBody, EntryBody, UndoneBody } from './contract/values.ts'

/** What an entry brings along. */
export type Include = 'changes' | 'label'

/** Entries as they are sent. Labels cost one statement. */
export async function toEntryBodies(
  log: NarrowedBackstory,
  entries: readonly Entry[],
  include: readonly Include[],
): Promise<readonly EntryBody[]> {
  const labels = include.includes('label') ? await log.labels(entries) : undefined
  return entries.map((entry) => {
    const { changes, ...rest } = entry
    return {
      ...rest,
      fields: fieldsOf(changes),
      ...(include.includes('changes') ? { changes } : {}),
      ...(labels === undefined ? {} : { label: labels.get(entry.id) ?? null }),
    }
  })
}

/** One entry as it is sent. */
export async function toEntryBody(
  log: NarrowedBackstory,
  entry: Entry,
  include: readonly Include[],
): Promise<EntryBody> {
  const [body] = await toEntryBodies(log, [entry], include)
  if (body === undefined) throw new TypeError('An entry became none.')
  return body
}

/** What an undo wrote, or would write, as it is sent. */
export function toUndoneBody({ changes, conflicts, omitted }: Undone): UndoneBody {
  return {
    changes: changes.map(({ elementType, elementId, action, changes: written, undoes }) => ({
      elementType,
      elementId,
      action,
      changes: written,
      fields: fieldsOf(written),
      undoes,
    })),
    conflicts: conflicts.map(toConflictBody),
    omitted,
  }
}

/** What stands in the way of an undo, as it is sent. */
export function toConflictBody({
  kind,
  elementType,
  elementId,
  path,
  entry,
  later,
}: UndoConflict): ConflictBody {
  return { kind, elementType, elementId, path, entryId: entry.id, laterId: later?.id ?? null }
}

/** The columns that changed: those before and after in their order, then those whose values are withheld. */
export function fieldsOf(changes: Changes | null): readonly string[] {
  const { before = {}, after = {}, redacted = [] } = changes ?? {}
  return [...new Set([...Object.keys(before), ...Object.keys(after), ...redacted])]
}
