import { writeTrack, writeUntrack } from '../db/track-sql.ts'
import type { TrackOptions } from '../db/track.ts'
import { trackingOf } from '../orm/marks/describe.ts'
import type { TableReference } from '../orm/tables/references.ts'
import { elementTypeOf } from '../orm/tables/resolve.ts'
import type { BackstoryOptions } from './backstory.ts'

/**
 * The statement that tracks a table, for a migration of any tool: one statement, without dollar quotes, parameters or a
 * semicolon at its end. Idempotent. `untrackSql` gives the one that takes it back.
 *
 * @param installation `orm` for entity classes, `schema` where Backstory is not in `backstory`, as for `createBackstory`
 * @throws BackstoryError `invalid_argument` where the table of an entity cannot be known
 *
 * @example
 * trackSql('accounts', { redact: ['iban'] }) // select backstory.track('accounts', '{"redact":["iban"]}')
 */
export function trackSql(
  table: TableReference,
  options: TrackOptions = {},
  { orm, schema = 'backstory' }: BackstoryOptions = {},
): string {
  return writeTrack(elementTypeOf(table, orm), trackingOf(table, options, orm), schema)
}

/** The statement that stops to track a table, for the other direction of a migration; its entries stay. */
export function untrackSql(
  table: TableReference,
  { orm, schema = 'backstory' }: BackstoryOptions = {},
): string {
  return writeUntrack(elementTypeOf(table, orm), schema)
}
