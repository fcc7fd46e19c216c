import { BackstoryError } from '../core/errors.ts'
import type { Client, Row, Statement } from './client.ts'
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
  return findVersions(client, sight, ofElement(elementType, elementId))
}

/**
 * Names a version. Names of an element differ as far as who names one sees them: what he does not see is not in his way,
 * and no refusal tells him of it.
 *
 * @throws BackstoryError `version_exists`: one that is seen is called so
 */
export async function insertVersion(
  client: Client,
  version: Pick<NamedVersion, 'elementType' | 'elementId' | 'entryId' | 'name' | 'userId'>,
  sight: Sight | undefined,
): Promise<NamedVersion> {
  const { elementType, elementId, entryId, name, userId } = version
  return client.transaction(async (transaction) => {
    // two at the same time would both find the name free
    await transaction.query(
      sql`select pg_advisory_xact_lock(hashtext('backstory.versions'), hashtext(${elementId}))::text`,
    )
    const called = sql`${ofElement(elementType, elementId)} and v.name = ${name}`
    const [row] =
      (await findVersions(transaction, sight, called)).length > 0
        ? []
        : await transaction.query(sql`
insert into backstory.versions as v (element_type, element_id, entry_id, name, user_id)
values (${elementType}, ${elementId}, ${entryId}::bigint, ${name}, ${userId})
on conflict do nothing
returning
  ${versionColumns}`)
    if (row !== undefined) return toVersion(row)
    throw new BackstoryError(
      'version_exists',
      `A version of ${elementType} ${elementId} is called "${name}" already. Choose another name, or take that one away first.`,
    )
  })
}

/** Who takes a name back. */
export interface Forgetting {
  readonly userId: string | null
  /** Whose names alone may be taken back: null is nobody's. Undefined: anybody's. */
  readonly namedBy?: string | null | undefined
}

/**
 * Takes the name of a version back; whether there was one whose entry is seen. Its row stays, with who did that and when.
 *
 * @throws BackstoryError `not_permitted`: somebody else named it
 */
export async function forgetVersion(
  client: Client,
  id: string,
  { userId, namedBy }: Forgetting,
  sight: Sight | undefined,
): Promise<boolean> {
  const [version] = await findVersions(client, sight, sql`v.id = ${id}::bigint`)
  if (version === undefined) return false
  // nobody is not the same as nobody
  if (namedBy !== undefined && (namedBy === null || namedBy !== version.userId)) {
    throw new BackstoryError(
      'not_permitted',
      `"${version.name}" was named by ${version.userId ?? 'nobody who is known'}, so it is not yours to take away.`,
    )
  }
  const rows = await client.query(sql`
update backstory.versions v
set forgotten_by = ${userId}, forgotten_at = clock_timestamp()
where v.id = ${id}::bigint and v.forgotten_at is null
returning v.id::text`)
  return rows.length > 0
}

function ofElement(elementType: string, elementId: string): Statement {
  return sql`v.element_id = ${elementId}
  and a.element_id = v.element_id
  and exists (
    select
    from backstory.names_of(${elementType}) n
    where n.name = a.element_type and a.id > n.after_id and a.id <= n.until_id
  )`
}

async function findVersions(
  client: Client,
  sight: Sight | undefined,
  condition: Statement,
): Promise<readonly NamedVersion[]> {
  return withLog(client, sight, async (log) => {
    const rows = await client.query(sql`
select
  ${versionColumns}
from backstory.versions v
join ${log('a')} on a.id = v.entry_id
where
  v.forgotten_at is null
  and ${condition}
order by v.entry_id desc, v.id desc
limit 1000`)
    return rows.map(toVersion)
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
