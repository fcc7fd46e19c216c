import { BackstoryError } from '../core/errors.ts'
import { formatElementId, type ElementId, type Entry } from '../core/entry.ts'
import type { DocumentChange } from '../core/document-diff/diff-documents.ts'
import type { JsonObject } from '../core/json.ts'
import { endOfLog, readBlameAfter, readBlameAt, type BlamedLeaf } from '../db/blame.ts'
import type { Client } from '../db/client.ts'
import { readStateAfter, readStateAt } from '../db/states.ts'
import { diffStates, type ElementDiffOptions } from './element-diff.ts'
import { queryEntries, type EntryQuery } from './entries.ts'
import type { EntryFilter } from './entry-filter.ts'
import { previewRestore, restore, type RestoreOptions } from './restore.ts'
import { formatTime, type Time } from './times.ts'
import type { Undone } from './undo.ts'

/** One element and its history. */
export interface Element {
  readonly elementType: string
  readonly elementId: string
  /** Its entries, newest first; the filter narrows them further. */
  readonly entries: (filter?: Omit<EntryFilter, 'elementType' | 'elementId'>) => EntryQuery
  /**
   * What it is, or was at a time or right after an entry: the whole row as `to_jsonb` gives it, in today's column names,
   * without ignored and redacted columns; null where it did not exist.
   *
   * @throws BackstoryError `before_tracking` where that cannot be known; `invalid_argument` for an entry of another
   *   element
   */
  readonly at: (moment?: Time | Entry) => Promise<JsonObject | null>
  /**
   * What differs between two of its states, path by path; `to` is now unless it is given. Where it did not exist, the
   * whole differs. See docs/reference/diff.md.
   *
   * @throws BackstoryError as `at` does
   */
  readonly diff: (options: ElementDiffOptions) => Promise<readonly DocumentChange[]>
  /**
   * Who last set each leaf of its state, of now or of a time or entry; empty where it did not exist. See
   * docs/reference/blame.md.
   *
   * @throws BackstoryError as `at` does
   */
  readonly blame: (options?: { readonly at?: Time | Entry }) => Promise<readonly BlamedLeaf[]>
  /**
   * Makes it what it was at a time or right after an entry; without `to`, what it was before it was deleted, with what
   * its deletion took along. Ordinary, recorded writes: all or nothing. See docs/reference/undo.md.
   *
   * @throws BackstoryError as `at` does, and `not_tracked`, `not_restorable`, `undo_conflict`, `undo_refused`
   */
  readonly restore: (options?: RestoreOptions) => Promise<Undone>
  /** What `restore` would write now. Writes and locks nothing. */
  readonly previewRestore: (options?: RestoreOptions) => Promise<Undone>
}

/** The element of a table by its primary key. Nothing is read; it need not exist any more. */
export function createElement(client: Client, elementType: string, id: ElementId): Element {
  const elementId = formatElementId(id)
  // the type may differ: the table may have been renamed since
  const idOf = (entry: Entry): string => {
    if (entry.elementId === elementId) return entry.id
    throw new BackstoryError(
      'invalid_argument',
      `Entry ${entry.id} is of ${entry.elementType} ${entry.elementId}, not of ${elementType} ${elementId}.`,
    )
  }
  const at = async (moment?: Time | Entry): Promise<JsonObject | null> => {
    if (moment === undefined) return readStateAfter(client, elementType, elementId, endOfLog)
    return isTime(moment)
      ? readStateAt(client, elementType, elementId, formatTime(moment, 'The time of at()'))
      : readStateAfter(client, elementType, elementId, idOf(moment))
  }
  return {
    elementType,
    elementId,
    entries: (filter = {}) => queryEntries(client, { ...filter, elementType, elementId }),
    at,
    diff: (options) => diffStates(at, options),
    blame: async ({ at: moment } = {}) =>
      isTime(moment)
        ? readBlameAt(client, elementType, elementId, formatTime(moment, 'The time of blame()'))
        : readBlameAfter(client, elementType, elementId, moment === undefined ? endOfLog : idOf(moment)),
    restore: (options = {}) => restore(client, { elementType, elementId }, options),
    previewRestore: (options = {}) => previewRestore(client, { elementType, elementId }, options),
  }
}

function isTime(moment: Time | Entry | undefined): moment is Time {
  return typeof moment === 'string' || moment instanceof Date
}
