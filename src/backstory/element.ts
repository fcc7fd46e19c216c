import { BackstoryError } from '../core/errors.ts'
import { formatElementId, type ElementId, type Entry } from '../core/entry.ts'
import type { JsonObject } from '../core/json.ts'
import type { Client } from '../db/client.ts'
import { readStateAfter, readStateAt } from '../db/states.ts'
import { queryEntries, type EntryFilter, type EntryQuery } from './entries.ts'
import { formatTime, type Time } from './times.ts'

/** One element and its history. */
export interface Element {
  readonly elementType: string
  readonly elementId: string
  /** Its entries, newest first; the filter narrows them further. */
  readonly entries: (filter?: Omit<EntryFilter, 'elementType' | 'elementId'>) => EntryQuery
  /**
   * What it was at a time, or right after an entry: the whole row as `to_jsonb` gives it, in today's column names,
   * without ignored and redacted columns; null where it did not exist.
   *
   * @throws BackstoryError `before_tracking` where that cannot be known; `invalid_argument` for an entry of another
   *   element
   */
  readonly at: (moment: Time | Entry) => Promise<JsonObject | null>
}

/** The element of a table by its primary key. Nothing is read; it need not exist any more. */
export function createElement(client: Client, elementType: string, id: ElementId): Element {
  const elementId = formatElementId(id)
  return {
    elementType,
    elementId,
    entries: (filter = {}) => queryEntries(client, { ...filter, elementType, elementId }),
    at: async (moment) => {
      if (moment instanceof Date || typeof moment === 'string') {
        return readStateAt(client, elementType, elementId, formatTime(moment, 'The time of at()'))
      }
      // the type may differ: the table may have been renamed since
      if (moment.elementId !== elementId) {
        throw new BackstoryError(
          'invalid_argument',
          `Entry ${moment.id} is of ${moment.elementType} ${moment.elementId}, not of ${elementType} ${elementId}.`,
        )
      }
      return readStateAfter(client, elementType, elementId, moment.id)
    },
  }
}
