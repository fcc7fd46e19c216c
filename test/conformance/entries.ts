import { parseJson, type JsonValue } from '../../src/core/json.ts'
import { readEntries, type LoggedEntry } from '../support/log.ts'
import type { TestQueries } from '../support/database.ts'
import { ada, type ExpectedEntry } from './scenario.ts'

/** What is compared of an entry: everything but its id, its time and the number of its transaction. */
export interface ComparedEntry {
  readonly transaction: number
  readonly elementType: string
  readonly elementId: string
  readonly action: string
  readonly changes: JsonValue
  readonly scope: string | null
  readonly userId: string | null
  readonly context: JsonValue
}

/** The entries after an id, ready to be compared. */
export async function readCompared(db: TestQueries, after: bigint): Promise<readonly ComparedEntry[]> {
  const entries = (await readEntries(db)).filter(({ id }) => BigInt(id) > after)
  const transactions = [...new Set(entries.map(({ transactionId }) => transactionId))]
  return inOrder(entries.map((entry) => toCompared(entry, transactions.indexOf(entry.transactionId) + 1)))
}

/** The highest id of the log. */
export async function lastEntryId(db: TestQueries): Promise<bigint> {
  const [row] = await db.query('select coalesce(max(id), 0)::text as id from audit_logs')
  return BigInt(String(row?.['id']))
}

/** What a scenario expects, in the same form. */
export function expectedEntries(entries: readonly ExpectedEntry[]): readonly ComparedEntry[] {
  return inOrder(
    entries.map(({ table, id, action, changes, ...rest }) => ({
      transaction: rest.transaction ?? 1,
      elementType: table,
      elementId: id,
      action,
      changes: parseJson(typeof changes === 'string' ? changes : JSON.stringify(changes)),
      scope: rest.scope ?? null,
      userId: rest.userId === undefined ? ada.userId : rest.userId,
      context: parseJson(JSON.stringify(rest.context === undefined ? { reason: ada.reason } : rest.context)),
    })),
  )
}

function toCompared(entry: LoggedEntry, transaction: number): ComparedEntry {
  const { elementType, elementId, action, changesText, scope, userId, context } = entry
  return {
    transaction,
    elementType,
    elementId,
    action,
    changes: parseJson(changesText),
    scope,
    userId,
    context: parseJson(JSON.stringify(context)),
  }
}

// a transaction may write its elements in any order; what happens to one element is in order
function inOrder(entries: readonly ComparedEntry[]): readonly ComparedEntry[] {
  const place = ({ transaction, elementType, elementId }: ComparedEntry) =>
    `${String(transaction).padStart(6, '0')} ${elementType} ${elementId}`
  return entries.toSorted((one, other) =>
    place(one) < place(other) ? -1 : place(one) > place(other) ? 1 : 0,
  )
}
