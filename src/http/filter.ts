import type { EntryDescription } from '../backstory/entry-filter.ts'
import { parseAction } from '../core/changes.ts'
import { readParts, writeParts } from '../core/cursor.ts'
import { describeQuery } from '../core/query/describe-query.ts'
import { parseQuery } from '../core/query/parse-query.ts'
import { ProblemError } from './problems.ts'

/** The parameters of a filter, as the contract reads them. */
export interface FilterParameters {
  readonly q?: string | undefined
  readonly elementType?: readonly string[] | undefined
  readonly elementId?: string | undefined
  readonly scope?: readonly string[] | undefined
  readonly userId?: readonly string[] | undefined
  readonly action?: readonly string[] | undefined
  readonly transactionId?: string | undefined
  readonly changed?: readonly string[] | undefined
  readonly text?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/**
 * What entries are asked for, by parameters and by the query language: all of it must hold.
 *
 * @param now that `since:7d` counts from
 * @throws BackstoryError `invalid_query`
 */
export function toDescription(parameters: FilterParameters, now: Date): EntryDescription {
  const { q, elementType, elementId, scope, userId, action, transactionId, changed, text, since, until } =
    parameters
  const own: EntryDescription = {
    ...(elementType === undefined ? {} : { elementType }),
    ...(elementId === undefined ? {} : { elementId }),
    ...(scope === undefined ? {} : { scope }),
    ...(userId === undefined ? {} : { userId }),
    ...(action === undefined ? {} : { action: action.map(parseAction) }),
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(changed === undefined ? {} : { changed }),
    ...(text === undefined ? {} : { text }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
  if (q === undefined) return own
  const { not = [], ...asked } = describeQuery(parseQuery(q), { now })
  const isAskedTwice = Object.keys(asked).some((key) => Object.hasOwn(own, key))
  // both hold: what is asked is what is not not asked
  const all: EntryDescription = isAskedTwice ? own : { ...own, ...asked }
  const negated: readonly EntryDescription[] = isAskedTwice ? [...not, { not: asked }] : not
  return negated.length === 0 ? all : { ...all, not: negated }
}

/** Where a page begins, and when its first one was asked for: `7d` ago stays what it was then. */
export interface PageStart {
  readonly now: Date
  readonly cursor?: string
}

/** Writes where the next page begins; null stays null. The inverse of `readPageCursor`. */
export function writePageCursor(cursor: string | null, now: Date): string | null {
  return cursor === null ? null : writeParts({ v: 1, now: now.toISOString(), cursor })
}

/** Reads where a page begins. @throws ProblemError `invalid_cursor` */
export function readPageCursor(text: string | undefined, now: Date): PageStart {
  if (text === undefined) return { now }
  const { v, now: then, cursor } = readParts(text) ?? {}
  // of a year that PostgreSQL and `7d` ago have: who writes a cursor himself may name any
  const begun = typeof then === 'string' && /^\d{4}-/.test(then) ? new Date(then) : new Date(Number.NaN)
  if (v === 1 && typeof cursor === 'string' && !Number.isNaN(begun.getTime())) return { now: begun, cursor }
  throw new ProblemError('invalid_cursor', 'The cursor is malformed.', {
    errors: [{ pointer: '?cursor', code: 'invalid_cursor', message: 'is not what nextCursor was' }],
  })
}
