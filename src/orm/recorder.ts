import { BackstoryError } from '../core/errors.ts'
import { currentContextText, splitContextText } from '../context/context.ts'
import type { Client } from '../db/client.ts'
import { createFlushStatements, type AnnouncedGroup } from '../db/flush.ts'

/** A value of a key as ORMs hold them. Big integers, dates and bytes come to PostgreSQL whole. */
export type KeyValue = string | number | bigint | boolean | Date | Uint8Array

/** Whether a value can stand in a key. */
export function isKeyValue(value: unknown): value is KeyValue {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return true
    default:
      return value instanceof Date || value instanceof Uint8Array
  }
}

/**
 * Columns of the database, by name, with the values that find the rows. Usually the primary key and one row; any columns
 * will do, and where they are not unique all rows that have these values are meant: those that a cascade takes.
 */
export type RowKey = Readonly<Record<string, KeyValue>>

/** One write to one row, or to all rows that a key finds, as an ORM's listeners announce it. */
export interface Announcement {
  /** The exact names in the database. Default of the schema: `public`. */
  readonly table: { readonly schema?: string | undefined; readonly name: string }
  /**
   * What is about to be done. Only `insert` is taken at its word: such a row is not looked for before. Of the others the
   * rows tell what happened: an `update` or `upsert` may insert, a `delete` may be a trigger's update, and what
   * changes nothing writes no entry. `upsert`: it is not known whether the row is there.
   */
  readonly operation: 'insert' | 'update' | 'delete' | 'upsert'
  /**
   * The row before the write; of an inserted one after it, as a function when the database is yet to give the key. The
   * function is called when the flush is recorded; `undefined` takes the announcement back.
   */
  readonly key: RowKey | (() => RowKey | undefined)
  /** The row after the write, where the write changes the key. */
  readonly newKey?: RowKey
}

/** A flush whose rows have been photographed. */
export interface PhotographedFlush {
  /**
   * Writes the entries of the flush, in the order of the announcements, and after them those of `others`, which were
   * inserted: one statement, none when nothing was announced. To be called once, after the writes and before the
   * commit, inside of the same savepoint. Under the context of `actingAs` here; outside of one under that in force in
   * the transaction (`backstory.set_context`). On an audited `pg` connection what is thrown is thrown by its next statement.
   *
   * @throws BackstoryError `context_required`, `tracked_otherwise`, `not_tracked`, `unknown_column`
   */
  readonly record: (others?: readonly Announcement[]) => Promise<void>
}

/** The half of listener capture that is the same for every ORM. */
export interface Recorder {
  /**
   * Locks and photographs the rows that are about to change, in one statement, whatever their number and their types;
   * none when only insertions are announced. Call it inside of the transaction, before its first write, with every
   * write of the flush in the order in which they will be made.
   *
   * Of several announcements of one row the flush makes one entry, from before the first to after the last.
   *
   * @throws BackstoryError `not_tracked`, `tracked_otherwise`, `unknown_column`; on an audited `pg` connection the write does
   */
  readonly photograph: (
    client: FlushClient,
    announcements: readonly Announcement[],
  ) => Promise<PhotographedFlush>
}

/**
 * The connection of the flush, in its transaction. `query` runs one statement with bound values, all of them text or
 * null, and gives the rows by column name; every column that we ask for is text. Reject with the driver's own error:
 * an ORM's wrapping taken off.
 */
export type FlushClient = Pick<Client, 'query'>

/** What a recorder can be told. */
export interface RecorderOptions {
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string | undefined
  /** Whether every row is announced by what is said to be the key of its table, and never by what points to it. */
  readonly isByKey?: true | undefined
}

/**
 * Makes the recorder that an adapter of an ORM is built on. An adapter has to
 *
 * 1. find out, before the first write of a flush and inside of its transaction, which rows of tracked tables it will
 *    write (opening a transaction where the ORM would have none), and call `photograph`;
 * 2. let the ORM write;
 * 3. call `record` of what it got, before the commit. Where the flush fails it need do nothing: the photograph is
 *    a setting of the transaction and goes with it, or with the savepoint.
 *
 * It must not announce tables that are not tracked by listener: that is an error, because either nobody or a trigger
 * records them. What the ORM writes without announcing it, the adapter has to refuse, or its page has to list it.
 *
 * An audited `pg` connection holds both statements back until its next one: a flush costs no round trip. On any other, one
 * that only inserts costs one more, any other two. PostgreSQL renders the images and computes the
 * differences from the rows themselves, never from what the ORM remembers of them; no image comes to Node.
 *
 * @example
 * const recorder = createRecorder()
 * const flush = await recorder.photograph(client, [
 *   { table: { name: 'character' }, operation: 'insert', key: () => ({ id: ged.id }) },
 *   { table: { name: 'place' }, operation: 'update', key: { id: 7 } },
 * ])
 * await write()
 * await flush.record()
 */
export function createRecorder({ schema = 'backstory', isByKey }: RecorderOptions = {}): Recorder {
  return {
    photograph: async (client, announcements) => {
      const statements = createFlushStatements(client, schema)
      const seen = announcements.flatMap((announcement, place) =>
        isPhotographed(announcement)
          ? [{ announcement, place, key: keyBefore(announcement), isMoved: false }]
          : [],
      )
      const before = groupRows(seen, isByKey)
      const photograph = before.length === 0 ? null : await statements.photograph(before)
      return {
        record: async (others = []) => {
          const after = [...announcements, ...others].flatMap((announcement, place) => {
            const keyThen = resolve(announcement.key)
            const key = announcement.newKey ?? keyThen
            return key === undefined ? [] : [{ announcement, place, key, isMoved: !isSameKey(key, keyThen) }]
          })
          const groups = groupRows(withoutRepetition(after), isByKey)
          if (groups.length === 0) return
          await statements.record(groups, photograph, contextParts())
        },
      }
    },
  }
}

function contextParts(): ReturnType<typeof splitContextText> | null {
  const context = currentContextText()
  return context === '' ? null : splitContextText(context)
}

interface AnnouncedRow {
  readonly announcement: Announcement
  readonly place: number
  readonly key: RowKey
  /** Whether this key may be another than that under which the row was photographed. */
  readonly isMoved: boolean
}

function isPhotographed({ operation }: Announcement): boolean {
  return operation !== 'insert'
}

function mayInsert({ operation }: Announcement): boolean {
  return operation === 'insert' || operation === 'upsert'
}

function resolve(key: Announcement['key']): RowKey | undefined {
  return typeof key === 'function' ? key() : key
}

function keyBefore({ table, operation, key }: Announcement): RowKey {
  const resolved = resolve(key)
  if (resolved !== undefined) return resolved
  throw new BackstoryError(
    'invalid_argument',
    `A listener announces the ${operation} of a row of ${table.name} without its key: only that of an insertion may come later.`,
    { details: { table: table.name } },
  )
}

// the place of the one that was photographed, so that the photograph is found
function withoutRepetition(rows: readonly AnnouncedRow[]): readonly AnnouncedRow[] {
  if (rows.length < 2) return rows
  const kept = new Map<string, AnnouncedRow>()
  for (const row of rows) {
    const identity = JSON.stringify([
      nameOf(row.announcement),
      Object.entries(row.key)
        .map(([name, value]) => [name, String(toJson(value))] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ])
    const known = kept.get(identity)
    if (known === undefined || (isPhotographed(row.announcement) && !isPhotographed(known.announcement))) {
      kept.set(identity, row)
    }
  }
  return [...kept.values()]
}

function groupRows(rows: readonly AnnouncedRow[], isByKey: true | undefined): readonly AnnouncedGroup[] {
  if (rows.length < 2) return rows.map((row) => toGroup(row, rows, isByKey))
  const groups = Map.groupBy(rows, ({ announcement, key, isMoved }) =>
    JSON.stringify([
      ...nameOf(announcement),
      announcement.operation === 'delete',
      mayInsert(announcement),
      isMoved,
      ...Object.keys(key).toSorted(),
    ]),
  )
  return [...groups.values()].flatMap((ofGroup) => {
    const [first] = ofGroup
    return first === undefined ? [] : [toGroup(first, ofGroup, isByKey)]
  })
}

function toGroup(
  { announcement, isMoved }: AnnouncedRow,
  rows: readonly AnnouncedRow[],
  isByKey: true | undefined,
): AnnouncedGroup {
  const [schema, table] = nameOf(announcement)
  return {
    schema,
    table,
    isDeleted: announcement.operation === 'delete',
    mayInsert: mayInsert(announcement),
    isMoved,
    ...(isByKey && { isByKey }),
    keys: rows.map(({ announcement: ofRow, key }) => keyToJson(ofRow, key)),
    places: rows.map(({ place }) => place),
  }
}

function isSameKey(one: RowKey, other: RowKey | undefined): boolean {
  if (one === other) return true
  if (other === undefined) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => {
      const [own, its] = [one[name], other[name]]
      return own !== undefined && its !== undefined && String(toJson(own)) === String(toJson(its))
    })
  )
}

function nameOf({ table }: Announcement): readonly [schema: string, table: string] {
  return [table.schema ?? 'public', table.name]
}

function keyToJson({ table }: Announcement, key: RowKey): AnnouncedGroup['keys'][number] {
  const names = Object.keys(key)
  const written: Record<string, string | number | boolean> = {}
  for (const name of names) {
    const value: KeyValue | null | undefined = key[name]
    if (value === null || value === undefined)
      throw withoutKey(table.name, `whose key has no value for ${name}`)
    written[name] = toJson(value)
  }
  if (names.length === 0) throw withoutKey(table.name, 'with an empty key')
  return written
}

function withoutKey(table: string, how: string): BackstoryError {
  return new BackstoryError('invalid_argument', `A listener announces a row of ${table} ${how}.`, {
    details: { table },
  })
}

// as PostgreSQL reads it into a column, whatever the column's type
function toJson(value: KeyValue): string | number | boolean {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return value
}
