import { createHash } from 'node:crypto'

import { BackstoryError } from '../../core/errors.ts'
import { toBackstoryError } from '../../db/errors.ts'
import { isOfInstallation, isTableName, listsGroups, readOnlyTable } from '../../db/flush.ts'
import {
  digestedName,
  writeMadeStatements,
  type MadeStatements,
  type TableName,
} from '../../db/made-functions.ts'
import type { Kept } from './hold.ts'
import type { Submittable, WireMessage } from './wire.ts'

/**
 * The tables that a connection knows to have functions of their own for the rows of a flush, with the statements that call
 * them. It learns it from the answer to a record that has found them.
 */
export type MadeTables = Map<string, MadeStatements>

/** What was sent, as far as the answer to it tells whether there are such functions. */
export interface Sent {
  /** The table whose functions are yet to be known, of a record. */
  readonly asked: TableName | undefined
  /** The table whose functions it calls. */
  readonly called: TableName | undefined
}

/** The only group of a photograph, or of a record that says it. */
export interface OnlyGroup {
  readonly table: TableName
  /** As JSON; undefined where the database is yet to find its rows. */
  readonly group: string | undefined
}

/** Reads the only group of what is held back; undefined where it has several. */
export function readOnlyGroup({ text = '', values = [] }: Submittable): OnlyGroup | undefined {
  const isListed = listsGroups(text)
  const given = values.at(isListed ? 0 : -4)
  if (typeof given !== 'string') return undefined
  if (isListed) {
    const table = readOnlyTable(given)
    return table && { table, group: given.slice(1, -1) }
  }
  const parsed: unknown = JSON.parse(given)
  return isTableName(parsed) ? { table: parsed, group: undefined } : undefined
}

/** Lets a statement call the functions of its table, where the connection knows them, of the installation in `schema`. */
export function callMade(made: MadeTables, { query, only, isPhotograph }: Kept, schema: string): Sent {
  const { text = '', values = [] } = query
  if (only === undefined || !isOfInstallation(text, schema)) return { asked: undefined, called: undefined }
  const statements = made.get(digestedName(only.table))
  const isFound = only.group === undefined
  const call = statements && chooseStatement(statements, isPhotograph, isFound, query)
  if (call === undefined) return { asked: isPhotograph ? undefined : only.table, called: undefined }
  query.text = call
  if (!isFound) query.values = [only.group, ...values.slice(1)]
  return { asked: undefined, called: only.table }
}

function chooseStatement(
  { photograph, photographFound, record, recordKept }: MadeStatements,
  isPhotograph: boolean,
  isFound: boolean,
  { text = '', values = [] }: Submittable,
): string | undefined {
  if (isPhotograph) return isFound ? photographFound(text, values.length) : photograph
  return isFound ? recordKept : record
}

/** Learns from an answer: a record that has called them does not count its entries. */
export function learnMade(made: MadeTables, { asked }: Sent, answer: WireMessage, schema: string): void {
  if (asked === undefined || answer.fields?.[0] !== null) return
  const digest = createHash('sha256').update(digestedName(asked)).digest('hex').slice(0, 32)
  made.set(digestedName(asked), writeMadeStatements(digest, schema))
}

/** The error of a statement; where functions are gone that the connection knew, it forgets them all. */
export function explainMade(made: MadeTables, sent: Sent | undefined, error: unknown): unknown {
  // a condition that looks for rows may call what is not there, too
  const isGone =
    error instanceof Error &&
    'code' in error &&
    error.code === undefinedFunction &&
    /\b(?:photograph|record)_row_[0-9a-f]{32}\b/.test(error.message)
  if (sent?.called === undefined || !isGone) return toBackstoryError(error)
  made.clear()
  const { schema, table } = sent.called
  return new BackstoryError(
    'not_tracked',
    `Table ${schema}.${table} is not tracked as it was when this connection last wrote to it, and a listener announces its rows. Nothing was written. Run the transaction again: it goes through, or says what to do.`,
    { details: { table }, cause: error },
  )
}

// manual: Appendix A
const undefinedFunction = '42883'
