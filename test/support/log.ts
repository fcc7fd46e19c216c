import type { TestQueries } from './database.ts'

/** What an entry says of its element. `changes` is parsed by `JSON.parse`; compare texts where numbers matter. */
export interface LoggedChange {
  readonly action: string
  readonly elementId: string
  readonly changes: unknown
}

/** Everything else that an entry holds, as text. */
export interface LoggedEntry extends LoggedChange {
  readonly id: string
  readonly elementType: string
  readonly scope: string | null
  readonly userId: string | null
  readonly transactionId: string
  readonly context: unknown
  readonly changesText: string
}

/** What the log says of a table's elements, in order of capture. */
export async function readLog(db: TestQueries, elementType: string): Promise<readonly LoggedChange[]> {
  const entries = await readEntries(db, elementType)
  return entries.map(({ action, elementId, changes }) => ({ action, elementId, changes }))
}

/** Type, id, action and changes of every entry after an id, in order of capture. */
export async function readSince(db: TestQueries, id: string): Promise<readonly (readonly unknown[])[]> {
  const entries = await readEntries(db)
  return entries
    .filter((entry) => BigInt(entry.id) > BigInt(id))
    .map(({ elementType, elementId, action, changes }) => [elementType, elementId, action, changes])
}

/** The id of the last entry; `0` where there is none. */
export async function readLastId(db: TestQueries): Promise<string> {
  return (await readEntries(db)).at(-1)?.id ?? '0'
}

/** The whole entries of a table's elements (of every table without a type), in order of capture. */
export async function readEntries(
  db: TestQueries,
  elementType: string | null = null,
  log = 'public.audit_logs',
): Promise<readonly LoggedEntry[]> {
  const rows = await db.query(
    `select id::text, element_type, element_id, scope, user_id, action::text, changes::text, transaction_id::text,
       context::text
     from ${log}
     where $1::text is null or element_type = $1
     order by ${log}.id`,
    [elementType],
  )
  return rows.map((row) => ({
    id: String(row['id']),
    elementType: String(row['element_type']),
    elementId: String(row['element_id']),
    scope: textOrNull(row['scope']),
    userId: textOrNull(row['user_id']),
    action: String(row['action']),
    changes: parse(row['changes']),
    changesText: String(row['changes']),
    transactionId: String(row['transaction_id']),
    context: parse(row['context']),
  }))
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function parse(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : null
}
