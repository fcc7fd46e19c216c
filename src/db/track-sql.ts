import { quoteLiteral, relocate } from './sql.ts'
import type { TrackOptions } from './track.ts'

/** The statement that tracks a table, without its semicolon. */
export function writeTrack(table: string, options: TrackOptions, schema: string): string {
  const given = Object.keys(options).length === 0 ? '' : `, ${quoteLiteral(JSON.stringify(options))}`
  return `${relocate('select backstory.track', schema)}(${quoteLiteral(table)}${given})`
}

/** The statement that ends that, without its semicolon. */
export function writeUntrack(table: string, schema: string): string {
  return `${relocate('select backstory.untrack', schema)}(${quoteLiteral(table)})`
}
