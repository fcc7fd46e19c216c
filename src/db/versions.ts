import { BackstoryError } from '../core/errors.ts'
import type { Client, Row } from './client.ts'
import { withLog, type Sight } from './sight.ts'
import { sql } from './sql.ts'

/** A name for what an element was right after an entry. */
export interface NamedVersion {
  readonly id: string
  readonly elementType: string
  readonly elementId: string
  readonly entryId: string
  readonly name: string
  /** Who named it. */
  readonly userId: string | null
  /** When it was named, UTC with microseconds. */
  readonly timestamp: string
}

/** The named versions of an element whose entries are seen, newest entry first. */
export async function readVersions(
  client: Client,
  elementType: string,
  elementId: string,
  sight: Sight | undefined,
): Promise<readonly NamedVersion[]> {
  return withLog(client, sight, async (log) => {
    const rows = await client.query(sql`
select
  ${versionColumns}
from backstory.versions v
join ${log('a')} on a.id = v.entry_id
where
  v.element_id = ${elementId}
  and a.element_id = v.element_id
  and exists (
    select
    from backstory.names_of(${elementType}) n
    where n.name = a.element_type and a.id > n.after_id and a.id <= n.until_id
  )
order by v.entry_id desc, v.id desc
limit 1000`)
    return rows.map(toVersion)
  })
}

/** Names a version. @throws BackstoryError `version_exists`: another one of the element is called so */
export async function insertVersion(
  client: Client,
  version: Pick<NamedVersion, 'elementType' | 'elementId' | 'entryId' | 'name' | 'userId'>,
): Promise<NamedVersion> {
  const [row] = await client.query(sql`
insert into backstory.versions as v (element_type, element_id, entry_id, name, user_id)
values (
  ${version.elementType}, ${version.elementId}, ${version.entryId}::bigint, ${version.name}, ${version.userId}
)
on conflict (element_id, element_type, name) do nothing
returning
  ${versionColumns}`)
  if (row !== undefined) return toVersion(row)
  throw new BackstoryError(
    'version_exists',
    `A version of ${version.elementType} ${version.elementId} is called "${version.name}" already. Choose another name, or take that one away first.`,
  )
}

/** Takes the name of a version away; whether there was one whose entry is seen. */
export async function deleteVersion(client: Client, id: string, sight: Sight | undefined): Promise<boolean> {
  return withLog(client, sight, async (log) => {
    const rows = await client.query(sql`
delete from backstory.versions v
where v.id = ${id}::bigint and exists (select from ${log('a')} where a.id = v.entry_id)
returning v.id::text`)
    return rows.length > 0
  })
}

const versionColumns = sql`v.id::text,
  v.element_type,
  v.element_id,
  v.entry_id::text,
  v.name,
  v.user_id,
  to_char(v."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "timestamp"`

function toVersion(row: Row): NamedVersion {
  return {
    id: row['id'] ?? '',
    elementType: row['element_type'] ?? '',
    elementId: row['element_id'] ?? '',
    entryId: row['entry_id'] ?? '',
    name: row['name'] ?? '',
    userId: row['user_id'] ?? null,
    timestamp: row['timestamp'] ?? '',
  }
}
