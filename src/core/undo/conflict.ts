import type { Entry } from '../entry.ts'
import { BackstoryError } from '../errors.ts'

/**
 * Something that stands in the way of an undo:
 * - `changed`: the value at `path` is no longer what the entry left there
 * - `gone`: the element that the entry changed is not there any more
 * - `exists`: the element that the entry deleted is there again, and is another
 * - `referenced`: the element that would go is referred to by rows that would not
 */
export interface UndoConflict {
  readonly kind: 'changed' | 'gone' | 'exists' | 'referenced'
  readonly elementType: string
  readonly elementId: string
  /** Where, as a JSON Pointer into the element (RFC 6901), in today's columns; `''`: the whole of it. */
  readonly path: string
  /** The entry that was to be undone. */
  readonly entry: Entry
  /** The newest entry that came in between; null when the log does not hold it. */
  readonly later: Entry | null
}

/** What to do about conflicts: nothing at all, undo in spite of them, or undo the rest. */
export type ConflictMode = 'refuse' | 'force' | 'skip'

/** The conflicts of an error with the code `undo_conflict`; none of any other. They hold the entries, so values too. */
export function conflictsOf(error: unknown): readonly UndoConflict[] {
  return (typeof error === 'object' && error !== null && remembered.get(error)) || []
}

/** The error that says that nothing was undone, and why. */
export function conflictError(conflicts: readonly UndoConflict[]): BackstoryError {
  const [first] = conflicts
  const where =
    first === undefined ? '' : `: ${first.elementType} ${first.elementId} ${reasons[first.kind](first)}`
  const others = conflicts.length > 1 ? `, and ${conflicts.length - 1} more` : ''
  const error = new BackstoryError(
    'undo_conflict',
    `Nothing was undone, because of later changes${where}${others}. conflictsOf(error) lists them; { conflicts: 'skip' } undoes the rest, { conflicts: 'force' } all of it.`,
    {
      details: {
        conflicts: conflicts.length,
        ...(first === undefined
          ? {}
          : { elementType: first.elementType, elementId: first.elementId, path: first.path }),
      },
    },
  )
  remembered.set(error, conflicts)
  return error
}

// beside the error, lest whatever prints errors prints the values of rows
const remembered = new WeakMap<object, readonly UndoConflict[]>()

const reasons: Readonly<Record<UndoConflict['kind'], (conflict: UndoConflict) => string>> = {
  changed: ({ path, later }) => `was changed at ${path} ${by(later)}`,
  gone: ({ later }) => `was deleted ${by(later)}`,
  exists: ({ later }) => `is there again and another ${by(later)}`,
  referenced: ({ later }) => `is referred to by rows that would go or stop it ${by(later)}`,
}

function by(later: Entry | null): string {
  return later === null ? '(by no entry of the log)' : `(entry ${later.id})`
}
