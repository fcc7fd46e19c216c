import type { TypeormColumn, TypeormMetadata } from './types.ts'

/**
 * A time of a key as `pg` sends it for TypeORM: in the time zone of the process, with its offset. A `timestamp` takes no notice
 * of the offset, and would be another one as UTC; a `timestamptz` is the same either way.
 *
 * Under `pg.defaults.parseInputDatesAsUTC`, and for a date that is marked `utc`, they are sent in UTC, and are left as they are.
 */
export function writeSentTime(
  time: Date,
  column: TypeormColumn,
  { dataSource }: TypeormMetadata,
): string | Date {
  if (column.utc === true || dataSource?.driver?.postgres?.defaults?.parseInputDatesAsUTC === true)
    return time
  const behind = time.getTimezoneOffset()
  const local = new Date(time.getTime() - behind * 60_000).toISOString()
  const [hours, minutes] = [Math.floor(Math.abs(behind) / 60), Math.abs(behind) % 60]
  const offset = `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
  return `${local.slice(0, -1)}${behind > 0 ? '-' : '+'}${offset}`
}
