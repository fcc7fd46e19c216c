import type { JsonValue } from './json.ts'

/**
 * What is wrong between two entries of one element, or between its last one and its row.
 *
 * - `changed`: the field was changed, and no entry says so
 * - `deleted`: by the log it was there, and then it was not
 * - `inserted`: by the log it was not there, and then it was
 * - `unreadable`: the later entry does not say what its action must say
 */
export type GapKind = 'changed' | 'deleted' | 'inserted' | 'unreadable'

/** One side of a gap: an entry, or the row as it is now. */
export type GapSide = { readonly entryId: string } | 'row'

/** A place where the history of an element is not whole: a write escaped the log, or somebody touched it. */
export interface Gap {
  readonly kind: GapKind
  readonly elementType: string
  readonly elementId: string
  /** Which field, as a JSON Pointer (RFC 6901) in today's names: `/attributes/hp`. `''` for the whole element. */
  readonly path: string
  /** What the earlier side left there; nothing there: undefined. */
  readonly logged: JsonValue | undefined
  /** What the later side found there; nothing there: undefined. */
  readonly found: JsonValue | undefined
  /** The last entry before the gap that says something of the path (null: none), and the entry after it or the row. */
  readonly between: readonly [GapSide | null, GapSide]
  /** When it happened: after this time (null: not known) … */
  readonly since: string | null
  /** … and before this one. UTC with microseconds. */
  readonly until: string
}
