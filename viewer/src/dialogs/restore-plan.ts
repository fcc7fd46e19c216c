import { changedFields, type ChangedField } from '../model/changed-fields.ts'
import type { LabelledEntry } from '../model/entry-view.ts'
import type { RestoreBody, UndoBody, UndoPreview } from '../api/api.ts'
import type { RestoreIntent } from '../feed/feed-controls.ts'
import { segmentsOf } from '../model/field-names.ts'

/** What to do where something was changed again since. */
export type ConflictMode = 'refuse' | 'skip' | 'force'

/** What somebody chose in the dialog. */
export interface RestoreChoice {
  readonly conflicts: ConflictMode
  /** The columns to take back; null: all. */
  readonly columns: readonly string[] | null
  readonly reason: string
}

/** What will be asked of the API. */
export type RestoreRequest =
  | { readonly verb: 'restore'; readonly body: RestoreBody }
  | { readonly verb: 'undo'; readonly body: UndoBody }

/** The request that an intent and a choice come to. */
export function planRequest(
  intent: RestoreIntent,
  { conflicts, columns, reason }: RestoreChoice,
): RestoreRequest {
  const choice = {
    conflicts,
    ...(columns === null || columns.length === 0 ? {} : { columns: [...columns] }),
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  }
  switch (intent.kind) {
    case 'version':
      return { verb: 'restore', body: { ...nameElement(intent.entry), entry: intent.entry.id, ...choice } }
    case 'deleted':
      return { verb: 'restore', body: { ...nameElement(intent.entry), ...choice } }
    case 'entries':
      return { verb: 'undo', body: { entryIds: intent.entries.map(({ id }) => id), ...choice } }
    case 'transaction':
      return { verb: 'undo', body: { transactionId: intent.entry.transactionId, ...choice } }
  }
}

/** The fields that a preview would write of one element, each by the column that is chosen with it. */
export function fieldsToChoose(
  preview: UndoPreview,
): readonly (ChangedField & { readonly column: string })[] {
  const [change] = preview.changes
  if (preview.changes.length !== 1 || change === undefined || change.action !== 'update') return []
  return changedFields(change.changes).map((field) =>
    Object.assign({ column: segmentsOf(field.path)[0] ?? '' }, field),
  )
}

/** What the dialog is called. */
export function titleOf(intent: RestoreIntent, name: string): string {
  switch (intent.kind) {
    case 'version':
      return `Restore a version of ${name}`
    case 'deleted':
      return `Bring back ${name}`
    case 'entries':
      return intent.entries.length === 1
        ? `Undo a change of ${name}`
        : `Undo ${intent.entries.length} edits of ${name}`
    case 'transaction':
      return 'Undo everything that was changed at once'
  }
}

/** The entry that an intent is about. */
export function entryOf(intent: RestoreIntent): LabelledEntry | null {
  return intent.kind === 'entries' ? (intent.entries[0] ?? null) : intent.entry
}

function nameElement({ elementType, elementId }: LabelledEntry): { elementType: string; elementId: string } {
  return { elementType, elementId }
}
