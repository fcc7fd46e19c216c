import { BackstoryError } from '../core/errors.ts'
import { parseJsonObject, type JsonObject } from '../core/json.ts'
import type { Client } from './client.ts'
import { findLastEntryId } from './entries.ts'
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
  const [row] = await client.query(
    sql`select backstory.state_after(${elementType}, ${elementId}, ${entryId}::bigint)::text as state`,
  )
  const state = row?.['state'] ?? null
  return state === null ? null : parseJsonObject(state)
}

/**
 * The state of an element at a time, a text that PostgreSQL reads as timestamptz.
 *
 * @throws BackstoryError `before_tracking` where it is a time before the table was tracked
 */
export async function readStateAt(
  client: Client,
  elementType: string,
  elementId: string,
  time: string,
): Promise<JsonObject | null> {
  const entryId = await findLastEntryId(client, elementType, elementId, time)
  if (entryId === '0') await refuseBeforeTracking(client, elementType, time)
  return readStateAfter(client, elementType, elementId, entryId)
}

// Without an entry before the time, the state is known only if the table was tracked then.
async function refuseBeforeTracking(client: Client, elementType: string, time: string): Promise<void> {
  const [row] = await client.query(sql`
select to_char(min(s."timestamp") at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as since
from backstory.schema_changes s
where
  s.kind = 'tracked'
  and s.tracked_id = (select n.tracked_id from backstory.names_of(${elementType}) n limit 1)
having min(s."timestamp") > ${time}::timestamptz`)
  const since = row?.['since']
  if (since === undefined || since === null) return
  throw new BackstoryError(
    'before_tracking',
    `What ${elementType} held at ${time} cannot be known: it is tracked since ${since}. Ask for that time or later.`,
    { details: { elementType, time, since } },
  )
}
