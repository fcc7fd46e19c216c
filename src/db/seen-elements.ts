import type { Client } from './client.ts'
import { withLog, type Sight } from './sight.ts'
import { sql } from './sql.ts'

/** Which of some elements of a type have an entry that is seen. One statement on the log, by index. */
export async function readSeenIds(
  client: Client,
  elementType: string,
  elementIds: readonly string[],
  sight: Sight,
): Promise<ReadonlySet<string>> {
  if (elementIds.length === 0) return new Set()
  const rows = await withLog(client, sight, (log) =>
    // the limit keeps the planner from joining the whole log
    client.query(sql`
select i.id
from jsonb_array_elements_text(${JSON.stringify(elementIds)}::jsonb) as i (id)
where exists (
  select
  from backstory.names_of(${elementType}) n
  cross join lateral (
    select
    from ${log('a')}
    where a.element_id = i.id and a.element_type = n.name and a.id > n.after_id and a.id <= n.until_id
    limit 1
  ) as seen
)`),
  )
  return new Set(rows.map((row) => row['id'] ?? ''))
}
