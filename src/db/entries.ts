import { parseAction, parseChanges, type Action } from '../core/changes.ts'
import type { Entry } from '../core/entry.ts'
import { parseJsonObject } from '../core/json.ts'
import type { Client, Row, Statement } from './client.ts'
import { joinStatements, sql } from './sql.ts'

/** Which entries; what is left out does not restrict. Times are texts that PostgreSQL reads as timestamptz. */
export interface EntryConditions {
  readonly elementType?: string
  readonly elementId?: string
  /** null: the entries that name nobody. */
  readonly userId?: string | null
  readonly actions?: readonly Action[]
  readonly transactionId?: string
  /** At this time or later. */
  readonly since?: string
  /** Before this time. */
  readonly until?: string
  /** Keyset: only what comes after this entry id in the order that is asked for. */
  readonly beyond?: string
}

/**
 * Reads one page of entries by id, newest or oldest first. With `elementId` by the index of elements; else along the
 * primary key, so that newest pages are cheap and rare matches read much of the log.
 */
export async function readEntries(
  client: Client,
  conditions: EntryConditions,
  page: { readonly order: 'newest' | 'oldest'; readonly limit: number },
): Promise<readonly Entry[]> {
  const names = conditions.elementType === undefined ? [] : await readNames(client, conditions.elementType)
  const restrictions = joinStatements([sql`true`, ...restrict(conditions, names, page.order)], '\n  and ')
  const direction = page.order === 'newest' ? sql`desc` : sql`asc`
  const rows = await client.query(sql`
select
  a.id::text,
  a.element_type,
  a.element_id,
  a.scope,
  a.user_id,
  to_char(a."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "timestamp",
  a.action::text,
  a.changes::text,
  a.transaction_id::text,
  a.context::text
from public.audit_logs a
where ${restrictions}
order by a.id ${direction}
limit ${String(page.limit)}::bigint`)
  return rows.map(toEntry)
}

interface NameSpan {
  readonly name: string
  readonly afterId: string
  readonly untilId: string
}

async function readNames(client: Client, elementType: string): Promise<readonly NameSpan[]> {
  const rows = await client.query(
    sql`select n.name, n.after_id::text, n.until_id::text from backstory.names_of(${elementType}) n`,
  )
  return rows.map((row) => ({
    name: row['name'] ?? '',
    afterId: row['after_id'] ?? '0',
    untilId: row['until_id'] ?? '0',
  }))
}

function restrict(
  conditions: EntryConditions,
  names: readonly NameSpan[],
  order: 'newest' | 'oldest',
): readonly Statement[] {
  const restrictions: Statement[] = []
  if (names.length > 0) restrictions.push(restrictToNames(names))
  if (conditions.elementId !== undefined) restrictions.push(sql`a.element_id = ${conditions.elementId}`)
  if (conditions.userId === null) restrictions.push(sql`a.user_id is null`)
  else if (conditions.userId !== undefined) restrictions.push(sql`a.user_id = ${conditions.userId}`)
  if (conditions.actions !== undefined) {
    restrictions.push(
      sql`a.action = any (array(select jsonb_array_elements_text(${JSON.stringify(conditions.actions)}::jsonb)))`,
    )
  }
  if (conditions.transactionId !== undefined) {
    restrictions.push(sql`a.transaction_id = ${conditions.transactionId}::xid8`)
  }
  if (conditions.since !== undefined)
    restrictions.push(sql`a."timestamp" >= ${conditions.since}::timestamptz`)
  if (conditions.until !== undefined) restrictions.push(sql`a."timestamp" < ${conditions.until}::timestamptz`)
  if (conditions.beyond !== undefined) {
    restrictions.push(
      order === 'newest'
        ? sql`a.id < ${conditions.beyond}::bigint`
        : sql`a.id > ${conditions.beyond}::bigint`,
    )
  }
  return restrictions
}

// a table that was never renamed has one span over all ids, which needs no condition
function restrictToNames(names: readonly NameSpan[]): Statement {
  const alternatives = names.map(({ name, afterId, untilId }) => {
    const conditions = [sql`a.element_type = ${name}`]
    if (afterId !== '0') conditions.push(sql`a.id > ${afterId}::bigint`)
    if (untilId !== maximumId) conditions.push(sql`a.id <= ${untilId}::bigint`)
    return joinStatements(conditions, ' and ')
  })
  return sql`(${joinStatements(alternatives, ' or ')})`
}

const maximumId = '9223372036854775807'

function toEntry(row: Row): Entry {
  const changes = row['changes'] ?? null
  const context = row['context'] ?? null
  return {
    id: row['id'] ?? '',
    elementType: row['element_type'] ?? '',
    elementId: row['element_id'] ?? '',
    scope: row['scope'] ?? null,
    userId: row['user_id'] ?? null,
    timestamp: row['timestamp'] ?? '',
    action: parseAction(row['action']),
    changes: changes === null ? null : parseChanges(changes),
    transactionId: row['transaction_id'] ?? '',
    context: context === null ? null : parseJsonObject(context),
  }
}
