import { BackstoryError } from '../core/errors.ts'
import type { Entry } from '../core/entry.ts'
import type { Moment as Position } from '../db/moments.ts'
import { formatTime, type Time } from './times.ts'

/** When: at a time, right after an entry, or right after a transaction. */
export type Moment = Time | Entry | { readonly transactionId: string }

/**
 * Checks a moment.
 *
 * @param verb which call, for its errors
 * @throws BackstoryError `invalid_argument`
 */
export function parseMoment(moment: Moment, verb: string): Position {
  if (typeof moment === 'string' || moment instanceof Date) {
    return { time: formatTime(moment, `The time of ${verb}()`) }
  }
  if (typeof moment === 'object' && moment !== null) {
    if ('id' in moment && isNumber(moment.id, 2n ** 63n)) return { entryId: moment.id }
    if (!('id' in moment) && isNumber(moment.transactionId, 2n ** 64n)) {
      return { transactionId: moment.transactionId }
    }
  }
  throw new BackstoryError(
    'invalid_argument',
    `The moment of ${verb}() must be a time, an entry or { transactionId }; it is ${JSON.stringify(moment)}.`,
  )
}

/**
 * Checks a moment of one element, which an entry of another does not name.
 *
 * @throws BackstoryError `invalid_argument`
 */
export function parseElementMoment(
  moment: Moment,
  { elementType, elementId }: { readonly elementType: string; readonly elementId: string },
  verb: string,
): Position {
  // the type may differ: the table may have been renamed since
  if (
    typeof moment === 'object' &&
    moment !== null &&
    'elementId' in moment &&
    moment.elementId !== elementId
  ) {
    throw new BackstoryError(
      'invalid_argument',
      `Entry ${moment.id} is of ${moment.elementType} ${moment.elementId}, not of ${elementType} ${elementId}.`,
    )
  }
  return parseMoment(moment, verb)
}

function isNumber(text: unknown, limit: bigint): boolean {
  return typeof text === 'string' && /^\d{1,20}$/.test(text) && BigInt(text) < limit
}
