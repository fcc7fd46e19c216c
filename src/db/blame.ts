import { parseAction, type Action } from '../core/changes.ts'
import { parseJson, type JsonValue } from '../core/json.ts'
import type { Client } from './client.ts'
import { elementPosition, type Moment } from './moments.ts'
import { sql } from './sql.ts'

/** The entry that last set a leaf. */
export interface BlamedEntry {
  readonly id: string
  readonly userId: string | null
  /** UTC with microseconds. */
  readonly timestamp: string
  readonly action: Action
}

/** A leaf of a state: any value but an object with keys; arrays are leaves as a whole. */
export interface BlamedLeaf {
  /** JSON Pointer (RFC 6901). */
  readonly path: string
  readonly value: JsonValue
  /** Null: it was so before tracking began, or has come without an entry (the default of a new column). */
  readonly entry: BlamedEntry | null
}

/**
 * Who last set each leaf of an element's state at a moment, in order of path; none where there was no element.
 *
 * @throws BackstoryError `before_tracking`
 */
export async function readBlame(
  client: Client,
  elementType: string,
  elementId: string,
  moment: Moment,
): Promise<readonly BlamedLeaf[]> {
  const position = elementPosition(elementType, elementId, moment)
  const rows = await client.query(sql`
select
  b.path,
  b.value::text,
  b.id::text,
  b.user_id,
  to_char(b."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "timestamp",
  b.action
from backstory.blame(${elementType}, ${elementId}, ${position}) b`)
  return rows.map((row) => ({
    path: row['path'] ?? '',
    value: parseJson(row['value'] ?? 'null'),
    entry:
      typeof row['id'] === 'string'
        ? {
            id: row['id'],
            userId: row['user_id'] ?? null,
            timestamp: row['timestamp'] ?? '',
            action: parseAction(row['action']),
          }
        : null,
  }))
}
