import type { Client, Statement } from './client.ts'
import { sql } from './sql.ts'

/** When: at a time that PostgreSQL reads as timestamptz, right after an entry, or right after a transaction. */
export type Moment =
  | { readonly time: string }
  | { readonly entryId: string }
  | { readonly transactionId: string }

/** Now: after everything that is in the log. */
export const now: Moment = { entryId: '9223372036854775807' }

/** The moment as a time, null where it is none, and as the id of an entry, null where it is a time. */
export function splitMoment(moment: Moment): { readonly time: Statement; readonly entryId: Statement } {
  if ('time' in moment) return { time: sql`${moment.time}::timestamptz`, entryId: sql`null::bigint` }
  return { time: sql`null::timestamptz`, entryId: positionOf(moment) }
}

/** The expression of an element's position in the log at a moment: what has a higher id came later. */
export function elementPosition(elementType: string, elementId: string, moment: Moment): Statement {
  return 'time' in moment
    ? sql`backstory.position_at(${elementType}, ${elementId}, ${moment.time}::timestamptz)`
    : positionOf(moment)
}

/**
 * An element's position in the log at a moment, for `readState` and others: what has a higher id came later.
 *
 * @throws BackstoryError `before_tracking` where the table was not tracked at that time, `entry_not_found` for a
 *   transaction without entries
 */
export async function readPosition(
  client: Client,
  elementType: string,
  elementId: string,
  moment: Moment,
): Promise<string> {
  const [row] = await client.query(
    sql`select (${elementPosition(elementType, elementId, moment)})::text as position`,
  )
  return row?.['position'] ?? '0'
}

function positionOf(moment: Exclude<Moment, { time: string }>): Statement {
  return 'entryId' in moment
    ? sql`${moment.entryId}::bigint`
    : sql`backstory.position_after_transaction(${moment.transactionId}::xid8)`
}
