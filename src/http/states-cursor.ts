import { ProblemError } from './problems.ts'

/** Where a page of states ended: with the last of them, or at a place in the list of ids that was given. */
export type StatesPlace =
  | { readonly elementType: string; readonly elementId: string | null; readonly isKnown: boolean }
  | number

/**
 * Writes a cursor: the base64url of `[1, filterKey, index]` or `[1, filterKey, isKnown, elementType, elementId]`. It
 * holds what its reader has seen, and opens nothing: who writes one himself is answered what he may see.
 */
export function writeStatesCursor(place: StatesPlace, filterKey: string): string {
  const parts = typeof place === 'number' ? [place] : [place.isKnown, place.elementType, place.elementId]
  return Buffer.from(JSON.stringify([version, filterKey, ...parts])).toString('base64url')
}

/** Reads what `writeStatesCursor` wrote for the same filter. @throws ProblemError `invalid_cursor` */
export function readStatesCursor(text: string, filterKey: string): StatesPlace {
  const [v, key, first, elementType, elementId] = parse(text)
  if (v === version && key === filterKey) {
    if (typeof first === 'number' && Number.isSafeInteger(first) && first > 0) return first
    const isPlace = typeof elementType === 'string' && (typeof elementId === 'string' || elementId === null)
    if (typeof first === 'boolean' && isPlace) return { isKnown: first, elementType, elementId }
  }
  throw new ProblemError('invalid_cursor', 'The cursor is malformed, or of another filter.', {
    errors: [{ pointer: '?cursor', code: 'invalid_cursor', message: 'is not what nextCursor was' }],
  })
}

const version = 1

function parse(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
