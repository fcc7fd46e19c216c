import type { Client } from './client.ts'
import { sql } from './sql.ts'

/** Elements of one type that somebody has looked at. */
export interface Reads {
  readonly elementType: string
  readonly elementIds: readonly string[]
  /** Who and why, as JSON can hold it; undefined: what is in force in the session. */
  readonly context: object | undefined
}

/**
 * Writes an entry for each element, in one statement and so in one transaction: all or none.
 *
 * @throws BackstoryError `not_tracked`, `invalid_argument`, `invalid_context`, `context_required`
 */
export async function recordReads(client: Client, reads: readonly Reads[]): Promise<void> {
  await client.query(sql`
select backstory.record_reads(r.item ->> 'elementType', r.item -> 'elementIds', r.item -> 'context')::text
from jsonb_array_elements(${JSON.stringify(reads)}::jsonb) with ordinality as r (item, place)
order by r.place`)
}
