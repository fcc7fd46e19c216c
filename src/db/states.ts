import { parseJsonObject, type JsonObject } from '../core/json.ts'
import type { Client, Statement } from './client.ts'
import { isDataException } from './errors.ts'
import { sql } from './sql.ts'

/**
 * The state of an element right after an entry: the whole row as `to_jsonb` gives it, in today's column names, without
 * ignored and redacted columns. Null where the element did not exist then. One statement, whatever the length of the
 * history; rewound from the live row or rebuilt from an insert, whichever is shorter.
 *
 * @throws BackstoryError `before_tracking` where the table was not watched in between
 */
export async function readStateAfter(
  client: Client,
  elementType: string,
  elementId: string,
  entryId: string,
): Promise<JsonObject | null> {
  return readState(
    client,
    sql`select backstory.state_after(${elementType}, ${elementId}, ${entryId}::bigint)::text as state`,
  )
}

/**
 * The state of an element at a time, a text that PostgreSQL reads as timestamptz. One statement.
 *
 * @throws BackstoryError `before_tracking` where the table was not tracked at that time
 */
export async function readStateAt(
  client: Client,
  elementType: string,
  elementId: string,
  time: string,
): Promise<JsonObject | null> {
  return readState(
    client,
    sql`
select
  backstory.state_after(
    ${elementType},
    ${elementId},
    backstory.position_at(${elementType}, ${elementId}, ${time}::timestamptz)
  )::text as state`,
  )
}

/**
 * The position in the log at a time, for `readStateAfter`: what has a higher id came later.
 *
 * @throws BackstoryError `before_tracking` where the table was not tracked at that time
 */
export async function readPositionAt(
  client: Client,
  elementType: string,
  elementId: string,
  time: string,
): Promise<string> {
  const [row] = await client.query(
    sql`select backstory.position_at(${elementType}, ${elementId}, ${time}::timestamptz)::text as position`,
  )
  return row?.['position'] ?? '0'
}

async function readState(client: Client, statement: Statement): Promise<JsonObject | null> {
  const [row] = await client.query(statement).catch((error: unknown) => {
    // an id that is no key of its table is that of no element
    if (isDataException(error)) return []
    throw error
  })
  const state = row?.['state'] ?? null
  return state === null ? null : parseJsonObject(state)
}
