import { formatElementId, type ElementId } from '../core/entry.ts'
import { parseName, refuseUnknownOptions } from '../core/option-names.ts'
import type { DocumentChange } from '../core/document-diff/diff-documents.ts'
import type { JsonObject } from '../core/json.ts'
import { readBlame, type BlamedLeaf } from '../db/blame.ts'
import type { Client } from '../db/client.ts'
import { now, type Moment as Position } from '../db/moments.ts'
import { readState } from '../db/states.ts'
import { diffStates, type ElementDiffOptions } from './element-diff.ts'
import { queryEntries, type EntryQuery } from './entries.ts'
import type { EntryFilter } from './entry-filter.ts'
import { parseElementMoment, type Moment } from './moment.ts'
import { previewRestore, restore, type RestoreOptions } from './restore.ts'
import type { Undone } from './undo.ts'

/** One element and its history. `State` is what an ORM says of its table (`StateOf`); any JSON otherwise. */
export interface Element<State = JsonObject> {
  readonly elementType: string
  readonly elementId: string
  /** Its entries, newest first; the filter narrows them further. */
  readonly entries: (filter?: Omit<EntryFilter, 'elementType' | 'elementId'>) => EntryQuery
  /**
   * What it is, or was at a moment: the whole row as `to_jsonb` gives it, in today's column names, without ignored and
   * redacted columns; null where it did not exist.
   *
   * @throws BackstoryError `before_tracking` where that cannot be known; `invalid_argument` for an entry of another
   *   element; `entry_not_found` for a transaction without entries
   */
  readonly at: (moment?: Moment) => Promise<State | null>
  /**
   * What differs between two of its states, path by path; `to` is now unless it is given. Where it did not exist, the
   * whole differs. See docs/reference/diff.md.
   *
   * @throws BackstoryError as `at` does
   */
  readonly diff: (options: ElementDiffOptions) => Promise<readonly DocumentChange[]>
  /**
   * Who last set each leaf of its state, of now or of a moment; empty where it did not exist. See
   * docs/reference/blame.md.
   *
   * @throws BackstoryError as `at` does
   */
  readonly blame: (options?: { readonly at?: Moment }) => Promise<readonly BlamedLeaf[]>
  /**
   * Makes it what it was at a moment; without `to`, what it was before it was deleted, with what
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
  parseName('An element type', elementType)
  const elementId = formatElementId(id)
  const element = { elementType, elementId }
  const positionOf = (moment: Moment | undefined, verb: string): Position =>
    moment === undefined ? now : parseElementMoment(moment, element, verb)
  return {
    elementType,
    elementId,
    entries: (filter = {}) => queryEntries(client, { ...filter, elementType, elementId }),
    at: async (moment) => readState(client, elementType, elementId, positionOf(moment, 'at')),
    diff: (options) =>
      diffStates(
        async (moment) => readState(client, elementType, elementId, positionOf(moment, 'diff')),
        options,
      ),
    blame: async (options = {}) => {
      refuseUnknownOptions('blame', options, ['at'])
      return readBlame(client, elementType, elementId, positionOf(options.at, 'blame'))
    },
    restore: (options = {}) => restore(client, element, options),
    previewRestore: (options = {}) => previewRestore(client, element, options),
  }
}
