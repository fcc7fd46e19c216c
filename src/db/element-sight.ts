import {
  getJsonKey,
  isJsonArray,
  isJsonObject,
  formatJson,
  parseJson,
  type JsonObject,
  type JsonValue,
} from '../core/json.ts'
import type { Client } from './client.ts'
import type { Sight } from './sight.ts'
import { sql } from './sql.ts'

/** What of whole elements somebody sees, by the names of today. */
export interface ElementSight {
  /** Whether elements of this table, by its name of today, are seen at all. */
  readonly seesType: (elementType: string) => boolean
  /** Whether this element of a table that is seen may be; its scope, which changes, is asked of its state. */
  readonly seesElement: (elementType: string, elementId: string) => boolean
  /** Which elements of it are seen, where those are single ones; undefined: it is not said one by one. */
  readonly elementIds: (elementType: string) => readonly string[] | undefined
  /** To what an element in a state belongs. */
  readonly scopeOf: (elementType: string, state: JsonObject) => string | null
  /** The columns that are not seen. */
  readonly withheld: (elementType: string) => ReadonlySet<string>
  /** The column that says to what elements belong; undefined: there is none, or it is not seen. */
  readonly scopeColumn: (elementType: string) => string | undefined
  /** Whether there is such a column, and it is not seen. */
  readonly hidesScope: (elementType: string) => boolean
  /** All tables that are tracked, seen or not. */
  readonly types: readonly string[]
  /** What is seen of an element's state; null: it is as if it were not there. */
  readonly see: (elementType: string, state: JsonObject | null) => JsonObject | null
}

/** Turns what of the log is seen into what of whole elements is seen. One statement. */
export async function readElementSight(client: Client, sight: Sight): Promise<ElementSight> {
  const pairs = Object.entries(sight.withhold ?? {}).flatMap(([type, columns]) =>
    columns.map((column) => ({ element_type: type, column_name: column })),
  )
  const elements = (sight.elements ?? []).map(({ elementType, elementId }) => [elementType, elementId])
  const [row] = await client.query(sql`
with
pairs as materialized (
  select p.element_type, p.column_name
  from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as p (element_type text, column_name text)
)
select
  (
    select coalesce(jsonb_agg(coalesce(t.element_type, n.name)), '[]')
    from jsonb_array_elements_text(${JSON.stringify(sight.elementTypes ?? [])}::jsonb) as e (element_type)
    cross join lateral backstory.names_of(e.element_type) n
    left join backstory.tracked t on t.id = n.tracked_id
  )::text as types,
  (
    select coalesce(jsonb_agg(jsonb_build_array(coalesce(t.element_type, n.name), e.pair ->> 1)), '[]')
    from jsonb_array_elements(${JSON.stringify(elements)}::jsonb) as e (pair)
    cross join lateral backstory.names_of(e.pair ->> 0) n
    left join backstory.tracked t on t.id = n.tracked_id
  )::text as elements,
  (
    select coalesce(jsonb_object_agg(t.element_type, t.options ->> 'scope'), '{}')
    from backstory.tracked t
    where t.active and t.options ? 'scope'
  )::text as scopes,
  (select coalesce(jsonb_agg(distinct t.element_type), '[]') from backstory.tracked t)::text as tracked,
  (
    select coalesce(jsonb_agg(jsonb_build_array(found.element_type, found.name)), '[]')
    from (
      select p.element_type, p.column_name as name from pairs p
      union
      select t.element_type, named.name
      from pairs p
      cross join lateral (select n.tracked_id from backstory.names_of(p.element_type) n limit 1) as subject
      join backstory.tracked t on t.id = subject.tracked_id
      cross join lateral (
        select p.column_name as name
        union
        select c.name
        from backstory.columns_of(jsonb_build_array(p.element_type), p.column_name) c
        where c.until_id = 9223372036854775807
      ) as named
    ) as found
  )::text as withheld`)
  const types = new Set(readTexts(row?.['types']))
  const scopes = parseJson(row?.['scopes'] ?? '{}')
  const withheld = readPairs(row?.['withheld'])
  const single = readPairs(row?.['elements'])
  const none: ReadonlySet<string> = new Set()
  const columnsOf = (elementType: string) => withheld.get(elementType) ?? none
  const scopeColumnOf = (elementType: string): string | undefined => {
    const column = isJsonObject(scopes) ? getJsonKey(scopes, elementType) : undefined
    return typeof column === 'string' ? column : undefined
  }
  const seesType = (elementType: string) =>
    (sight.elementTypes === undefined || types.has(elementType)) &&
    (sight.elements === undefined || single.has(elementType))
  return {
    seesType,
    seesElement: (elementType, elementId) =>
      seesType(elementType) &&
      (sight.elements === undefined || single.get(elementType)?.has(elementId) === true),
    elementIds: (elementType) =>
      sight.elements === undefined ? undefined : [...(single.get(elementType) ?? [])],
    scopeOf: (elementType, state) => scopeOf(state, scopeColumnOf(elementType)),
    withheld: columnsOf,
    scopeColumn: (elementType) => {
      const column = scopeColumnOf(elementType)
      return column === undefined || columnsOf(elementType).has(column) ? undefined : column
    },
    hidesScope: (elementType) => columnsOf(elementType).has(scopeColumnOf(elementType) ?? ''),
    types: readTexts(row?.['tracked']),
    see: (elementType, state) => {
      if (state === null || !seesType(elementType)) return null
      if (sight.scopes !== undefined) {
        const column = scopeColumnOf(elementType)
        // a scope that is in no state cannot be compared
        if (column !== undefined && !Object.hasOwn(state, column)) return null
        if (!sight.scopes.includes(scopeOf(state, column))) return null
      }
      const hidden = columnsOf(elementType)
      if (hidden.size === 0) return state
      return Object.fromEntries(Object.entries(state).filter(([name]) => !hidden.has(name)))
    },
  }
}

/** What a type that may have had other names is called today; null: it is not tracked. */
export async function readTypeOfToday(client: Client, elementType: string): Promise<string | null> {
  const [row] = await client.query(sql`
select t.element_type
from (select n.tracked_id from backstory.names_of(${elementType}) n limit 1) as subject
join backstory.tracked t on t.id = subject.tracked_id`)
  return row?.['element_type'] ?? null
}

// as capture writes it: the column's value as text
function scopeOf(state: JsonObject, column: string | undefined): string | null {
  const value = column === undefined ? null : getJsonKey(state, column)
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : formatJson(value)
}

function readList(text: string | null | undefined): readonly JsonValue[] {
  const value = parseJson(text ?? '[]')
  return isJsonArray(value) ? value : []
}

/** By each first of pairs all of its seconds. */
function readPairs(text: string | null | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  const sets = new Map<string, Set<string>>()
  for (const pair of readList(text)) {
    const [first = '', second = ''] = isJsonArray(pair) ? pair.map(String) : []
    sets.set(first, (sets.get(first) ?? new Set()).add(second))
  }
  return sets
}

function readTexts(text: string | null | undefined): readonly string[] {
  return readList(text).filter((value) => typeof value === 'string')
}
