import { parseJsonObject, type JsonObject } from '../core/json.ts'
import type { Client, Row, Statement } from './client.ts'
import { isDataException } from './errors.ts'
import { elementPosition, splitMoment, type Moment } from './moments.ts'
import { sql } from './sql.ts'
import { streamRows } from './stream.ts'

/** One row of an answer about many elements; null for the state, where it cannot be known. */
export interface StateRow {
  readonly elementType: string
  /** Null: what may have existed without a trace. */
  readonly elementId: string | null
  readonly state: JsonObject | null
}

/**
 * A place in the order of states: those of which nothing can be known, then by type, then by id. What may have existed
 * without a trace comes before what has a name.
 */
export type StatePlace = Pick<StateRow, 'elementType' | 'elementId'> & { readonly isKnown: boolean }

/**
 * The state of an element at a moment: the whole row as `to_jsonb` gives it, in today's column names, without ignored
 * and redacted columns. Null where the element did not exist then. One statement, whatever the length of the history;
 * rewound from the live row or the next whole image, or rebuilt from the last one, whichever is shorter.
 *
 * @throws BackstoryError `before_tracking` where the table was not watched then or in between
 */
export async function readState(
  client: Client,
  elementType: string,
  elementId: string,
  moment: Moment,
): Promise<JsonObject | null> {
  const position = elementPosition(elementType, elementId, moment)
  const [row] = await client
    .query({
      ...sql`select backstory.state_after(${elementType}, ${elementId}, ${position})::text as state`,
      isFrequent: true,
    })
    .catch((error: unknown) => {
      // an id that is no key of its table is that of no element
      if (isDataException(error)) return []
      throw error
    })
  return parseState(row)
}

/** The states of some elements, those that existed then, in the order of the ids. One statement, by index. */
export async function readStates(
  client: Client,
  elementType: string,
  elementIds: readonly string[],
  moment: Moment,
): Promise<readonly StateRow[]> {
  const { time, entryId } = splitMoment(moment)
  const rows = await client.query(sql`
select ${elementType} as element_type, i.id as element_id, k.state::text
from jsonb_array_elements_text(${JSON.stringify(elementIds)}::jsonb) with ordinality as i (id, place)
cross join lateral backstory.known_state(${elementType}, i.id, ${time}, ${entryId}) k
where k.state is not null or not k.is_known
order by i.place`)
  return rows.map(toStateRow)
}

/** How states are streamed. */
export interface StreamedStates {
  /** In order, from the one after this, null from the first. Undefined: in no order, which saves a sort. */
  readonly after?: StatePlace | null | undefined
  /** Asked on the connection of the stream, before the first page is given. */
  readonly once?: (connection: Client) => Promise<void>
}

/**
 * The states of every element of a type, page by page on one connection; what is held in memory is a page.
 *
 * @param scopes those to which the elements belonged then; null: to nothing
 * @throws BackstoryError `before_tracking` where the table was not tracked then, `not_tracked`, `invalid_argument` for
 *   scopes of a table that has none
 */
export async function* streamTypeStates(
  client: Client,
  elementType: string,
  scopes: readonly (string | null)[] | undefined,
  moment: Moment,
  { after, once }: StreamedStates = {},
): AsyncGenerator<readonly StateRow[]> {
  const { time, entryId } = splitMoment(moment)
  const only = scopes === undefined ? null : JSON.stringify(scopes)
  const pages = streamRows(
    client,
    inOrder(
      sql`
select ${elementType}::text as element_type, s.element_id, s.state::text
from backstory.type_position_at(${elementType}, ${time}, ${entryId}) p
cross join lateral backstory.states_of(${elementType}, p.position_id, ${only}::jsonb, p.overrides) s`,
      after,
    ),
    once,
  )
  for await (const rows of pages) yield rows.map(toStateRow)
}

/** Along which tables and columns is found what is in a scope. */
export interface ScopePaths {
  /** By their names of today; undefined: all. */
  readonly types?: readonly string[]
  /** Columns that lead nowhere, by table. */
  readonly withheld?: Readonly<Record<string, readonly string[]>>
}

/** The same of everything that belonged to a scope, or pointed at what did. */
export async function* streamScopeStates(
  client: Client,
  scope: string,
  moment: Moment,
  { after, once, paths = {} }: StreamedStates & { readonly paths?: ScopePaths } = {},
): AsyncGenerator<readonly StateRow[]> {
  const { time, entryId } = splitMoment(moment)
  const pages = streamRows(
    client,
    inOrder(
      sql`
select s.element_type, s.element_id, s.state::text
from backstory.scope_states(${scope}, ${time}, ${entryId}, ${JSON.stringify(paths)}::jsonb) s`,
      after,
    ),
    once,
  )
  for await (const rows of pages) yield rows.map(toStateRow)
}

// what cannot be known comes first: whoever refuses it learns that before the first state
function inOrder(states: Statement, after: StatePlace | null | undefined): Statement {
  if (after === undefined) return states
  const place = sql`o.state is not null,
  o.element_type collate "C",
  o.element_id is not null,
  coalesce(o.element_id, '') collate "C"`
  const beyond =
    after === null
      ? sql`true`
      : sql`(${place}) > (${String(after.isKnown)}::boolean, ${after.elementType}, ${String(after.elementId !== null)}::boolean, ${after.elementId ?? ''})`
  return sql`
select o.element_type, o.element_id, o.state
from (${states}) as o
where ${beyond}
order by ${place}`
}

function toStateRow(row: Row): StateRow {
  return {
    elementType: row['element_type'] ?? '',
    elementId: row['element_id'] ?? null,
    state: parseState(row),
  }
}

function parseState(row: Row | undefined): JsonObject | null {
  const state = row?.['state'] ?? null
  return state === null ? null : parseJsonObject(state)
}
