import type { Client, Statement } from './client.ts'
import { toBackstoryError } from './errors.ts'
import { relocate, sql } from './sql.ts'

/** Rows of one table that are known by the same columns, with the place of each among the changes of its flush. */
export interface AnnouncedGroup {
  readonly schema: string
  readonly table: string
  /** Whether they are locked as for a deletion. */
  readonly isDeleted: boolean
  /** Whether the write may have brought them in. */
  readonly mayInsert: boolean
  /** Whether the keys may be others than those that were photographed. Default: they are the same. */
  readonly isMoved?: boolean
  /** Whether their columns are said to be the key of the table: the database refuses such as may find several rows. */
  readonly isByKey?: boolean
  readonly keys: readonly Readonly<Record<string, string | number | boolean | null>>[]
  readonly places: readonly number[]
}

/**
 * The names of the columns of statements that a connection may hold back until its next statement: a photograph, and
 * what records one. The last three values of a photograph are the parts of a context that it puts in force as riders do, and
 * its number; they are nothing here, and a connection that holds it back knows them. The second value of the other is that
 * number, and the two behind it are the parts of its context.
 */
export const heldPhotograph = 'photograph_held'
export const heldRecord = 'record_held'

/** Whether the first value of such a statement lists groups: of one that looks for its rows it is the user's own. */
export function listsGroups(text: string): boolean {
  return text.startsWith('select ')
}

/**
 * The table of the only group in a list of groups as `createFlushStatements` writes it; undefined where there are several. Of
 * the text no more is parsed than the names, which come first: quotes inside of texts are escaped, so that nothing else in
 * it looks like what is searched for, but for columns of keys that are called like them, which make one group several.
 */
export function readOnlyTable(groups: string): Pick<AnnouncedGroup, 'schema' | 'table'> | undefined {
  const end = groups.indexOf(',"isDeleted":')
  if (!groups.startsWith('[{"schema":') || end < 0 || groups.includes('},{"schema":')) return undefined
  const names: unknown = JSON.parse(`${groups.slice(1, end)}}`)
  return isTableName(names) ? names : undefined
}

/** Whether a value is the exact names of a table. */
export function isTableName(value: unknown): value is Pick<AnnouncedGroup, 'schema' | 'table'> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schema' in value &&
    typeof value.schema === 'string' &&
    'table' in value &&
    typeof value.table === 'string'
  )
}

/** Whether such a statement is one of the installation in `schema`; one that looks for its rows is known by its end. */
export function isOfInstallation(text: string, schema: string): boolean {
  return !listsGroups(text) || text.startsWith(`select ${schema}.`)
}

/** The statements of listener capture, on the connection and in the transaction of the flush. */
export interface FlushStatements {
  /** Locks the rows and keeps their images in the transaction. Gives the number of the photograph. */
  readonly photograph: (groups: readonly AnnouncedGroup[]) => Promise<string>
  /**
   * Writes the entries; in place of groups `written` of the rows that the photograph has found, which is refused where more
   * were written than found. The context is its parts as riders
   * carry them; null: the one in force in the transaction.
   */
  readonly record: (
    groups: readonly AnnouncedGroup[] | WrittenRows,
    photograph: string | null,
    context: ContextParts | null,
  ) => Promise<void>
}

/** The rows that a photograph has found, of which a statement says how many it has written, where it says so. */
export interface WrittenRows {
  readonly written: number | undefined
}

/** Whether the first value of a record stands for the rows that its photograph has found. */
export function isOfFound(first: unknown): boolean {
  return typeof first === 'string' && first.startsWith('{')
}

type ContextParts = readonly [userId: string, circumstances: string]

/** The statements for the installation in `schema`. Errors of our SQL come as `BackstoryError`. */
export function createFlushStatements(client: Pick<Client, 'query'>, schema: string): FlushStatements {
  const run: Client['query'] = async ({ text, values }) => {
    try {
      return await client.query({ text: relocate(text, schema), values })
    } catch (error) {
      throw toBackstoryError(error)
    }
  }
  return {
    photograph: async (groups) => {
      const [row] = await run(
        sql`select backstory.photograph(${JSON.stringify(groups)}::jsonb, ${null}, ${null}, ${null}::integer)::text as ${plain(heldPhotograph)}`,
      )
      return row?.[heldPhotograph] ?? ''
    },
    record: async (groups, photograph, context) => {
      const [userId, circumstances] = context ?? [null, null]
      await run(
        sql`select backstory.record_flush(${JSON.stringify(groups)}::jsonb, ${photograph}::integer, ${userId}, ${circumstances})::text as ${plain(heldRecord)}`,
      )
    },
  }
}

function plain(text: string): Statement {
  return { text, values: [] }
}
