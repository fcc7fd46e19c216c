import type { Entry } from '../core/entry.ts'
import type { Client } from './client.ts'
import { withLog, type Sight } from './sight.ts'
import { sql } from './sql.ts'

/**
 * By which name people knew the element of each entry right after it, by the id of the entry: the value that its label
 * column had last, as the log has it. Where the log does not say it before, as of elements that are older than their
 * tracking, it is what the label was until its next change, or is now (unless scopes or actors are not seen). Those without
 * any are not in the map.
 *
 * One statement. Costs the reading of the elements' entries up to the one that is asked about.
 */
export async function readLabels(
  client: Client,
  entries: readonly Pick<Entry, 'id' | 'elementType' | 'elementId'>[],
  sight: Sight | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (entries.length === 0) return new Map()
  const asked = entries.map(({ id, elementType, elementId }) => ({
    id,
    element_type: elementType,
    element_id: elementId,
  }))
  const withheld = Object.entries(sight?.withhold ?? {}).flatMap(([type, columns]) =>
    columns.map((column) => ({ element_type: type, column_name: column })),
  )
  // what a row holds now may be of a scope, or by somebody, that is not seen
  const seesRows = { text: String(sight?.scopes === undefined && sight?.userIds === undefined), values: [] }
  return withLog(client, sight, async (log) => {
    const ofElement = sql`from spans s
      join ${log('a')}
        on a.element_id = e.element_id
        and a.element_type = s.element_type
        and a.id > s.after_id
        and a.id <= s.until_id
      where
        s.asked_type = e.element_type`
    const rows = await client.query(sql`
with
asked as materialized (
  select e.id, e.element_type, e.element_id
  from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as e (id bigint, element_type text, element_id text)
),
labelled as materialized (
  select types.element_type, t.element_type as today, t.options ->> 'label' as label, t.active
  from (select distinct e.element_type from asked e) as types
  cross join lateral (
    select n.tracked_id from backstory.names_of(types.element_type) n limit 1
  ) as subject
  join backstory.tracked t on t.id = subject.tracked_id
  where t.options ? 'label'
    and not exists (
      select
      from jsonb_to_recordset(${JSON.stringify(withheld)}::jsonb) as w (element_type text, column_name text)
      cross join lateral backstory.names_of(w.element_type) n
      where
        n.tracked_id = t.id
        and w.column_name in (
          select c.name from backstory.columns_of(jsonb_build_array(t.element_type), t.options ->> 'label') c
        )
    )
),
spans as materialized (
  select l.element_type as asked_type, c.element_type, c.name, c.after_id, c.until_id
  from labelled l
  cross join lateral backstory.columns_of(jsonb_build_array(l.today), l.label) c
)
select
  e.id::text,
  coalesce(
    (
      select coalesce(a.changes -> 'after' ->> s.name, a.changes -> 'before' ->> s.name)
      ${ofElement}
        and a.id <= e.id
        and (a.changes -> 'after' ? s.name or a.changes -> 'before' ? s.name)
      order by a.id desc
      limit 1
    ),
    (
      select a.changes -> 'before' ->> s.name
      ${ofElement}
        and a.id > e.id
        and a.changes -> 'before' ? s.name
      order by a.id
      limit 1
    ),
    case when l.active and ${seesRows} then
      backstory.readable_row((select t from backstory.tracked t where t.element_type = l.today and t.active limit 1), e.element_id)
      ->> l.label
    end
  ) as label
from asked e
join labelled l on l.element_type = e.element_type`)
    return new Map(
      rows.flatMap((row) => {
        const label = row['label'] ?? null
        return label === null ? [] : [[row['id'] ?? '', label] as const]
      }),
    )
  })
}
