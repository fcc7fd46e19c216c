import { isEntryId, readParts, writeParts } from './cursor.ts'
import { BackstoryError } from './errors.ts'

/**
 * A position in the stream of committed entries. The stream is cut into batches: what one snapshot sees and the one
 * before it did not, in order of id.
 */
export interface WatchPosition {
  /** What was delivered before the batch, as the text of a pg_snapshot; null: nothing, the batch is the first. */
  readonly before: string | null
  /** What the batch ends with. Null: the batch is what has been committed since `before`, whenever it is read. */
  readonly until: string | null
  /** The last entry of the batch that was delivered; 0 where none was. */
  readonly afterId: string
  /**
   * The last entry that came with a dump of another server, 0 where none did: the transactions of entries up to here
   * say nothing about this server's snapshots, and all of them were committed when watching began.
   */
  readonly foreignId: string
}

/**
 * Writes a position: the base64url of `{"v":1,"before":"735:738:736","until":null,"id":"0","foreign":"0"}`. Bound to
 * no filter: a filter may change on the way, and holds from there on.
 */
export function encodeWatchCursor(position: WatchPosition): string {
  const { before, until, afterId, foreignId } = position
  return writeParts({ v: version, before, until, id: afterId, foreign: foreignId })
}

/** Reads what `encodeWatchCursor` wrote. @throws BackstoryError `invalid_cursor` */
export function decodeWatchCursor(text: string): WatchPosition {
  const { v, before, until, id, foreign } = readParts(text) ?? {}
  if (typeof v === 'number' && v !== version) {
    throw new BackstoryError(
      'invalid_cursor',
      'The cursor was made by another version of backstory. Begin again without a cursor.',
    )
  }
  if (
    !isSnapshotOrNull(before) ||
    !isSnapshotOrNull(until) ||
    (before === null && until === null) ||
    typeof id !== 'string' ||
    !isEntryId(id) ||
    typeof foreign !== 'string' ||
    !isEntryId(foreign)
  ) {
    throw new BackstoryError(
      'invalid_cursor',
      'The cursor is malformed, or none of watch(). Pass what `watch.cursor` was, or none.',
    )
  }
  return { before, until, afterId: id, foreignId: foreign }
}

/**
 * Refuses a cursor that has seen more than there is. Snapshots only ever grow on one server.
 *
 * @throws BackstoryError `invalid_cursor`
 */
export function refuseSnapshotAhead(seen: string, now: string): void {
  if (endOfSnapshot(now) >= endOfSnapshot(seen)) return
  throw new BackstoryError(
    'invalid_cursor',
    'The cursor is ahead of this server: it was made on another one, or this one was put back to an earlier state. Begin again without a cursor, or from the beginning.',
  )
}

const version = 1

function isSnapshotOrNull(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && isSnapshot(value))
}

// as PostgreSQL reads it: xmin:xmax:xip,…, all of them transactions, xip in order from xmin up to below xmax
function isSnapshot(text: string): boolean {
  if (!/^\d{1,20}:\d{1,20}:(?:\d{1,20}(?:,\d{1,20})*)?$/.test(text)) return false
  const [xmin = 0n, xmax = 0n, ...running] = (text.match(/\d+/g) ?? []).map(BigInt)
  return (
    isTransaction(xmin) &&
    isTransaction(xmax) &&
    xmin <= xmax &&
    running.every((id, index) => id >= (running[index - 1] ?? xmin) && id < xmax)
  )
}

// an epoch and a 32-bit number that is not 0
function isTransaction(id: bigint): boolean {
  return id < 2n ** 64n && id % 2n ** 32n !== 0n
}

// the first transaction that a snapshot knows nothing of: the middle of xmin:xmax:xip
function endOfSnapshot(snapshot: string): bigint {
  return BigInt(snapshot.split(':')[1] ?? '')
}
