import type { Entry } from '../core/entry.ts'
import type { Client } from '../db/client.ts'
import { readElementSight, type ElementSight } from '../db/element-sight.ts'
import type { Moment as Position } from '../db/moments.ts'
import type { Sight } from '../db/sight.ts'
import { readSeenIds } from '../db/seen-elements.ts'
import {
  readStates,
  streamScopeStates,
  streamTypeStates,
  type ScopePaths,
  type StatePlace,
  type StateRow,
} from '../db/states.ts'
import { parseMoment } from './moment.ts'
import { readSeenType, refuseByActor } from './out-of-sight.ts'
import {
  createElementType,
  createScope,
  parsePlace,
  parseWhich,
  queryStates,
  refuseOthers,
  type ElementState,
  type StateQuery,
  type TypeStatesOptions,
  type StatesOptions,
  type UnknownState,
  type Which,
} from './states.ts'
import type { Time } from './times.ts'

/** The elements of a table as somebody sees them. */
export interface NarrowedType {
  readonly elementType: string
  /**
   * Those that are seen as they were at a time or right after an entry, without what is withheld.
   *
   * @throws BackstoryError as `type().at` does, `not_tracked` for a table that is not seen, and `not_permitted` for whoever
   *   sees some actors alone
   */
  readonly at: {
    (moment: Time | Entry, options?: TypeStatesOptions & StatesOptions<'refuse'>): StateQuery<ElementState>
    (
      moment: Time | Entry,
      options: TypeStatesOptions & StatesOptions<'mark'>,
    ): StateQuery<ElementState | UnknownState>
  }
}

/** A scope with everything in it that somebody sees. */
export interface NarrowedScope {
  readonly scope: string
  /** What is in it by tables and columns that are seen. @throws BackstoryError as `scope().at` does, `not_permitted` */
  readonly at: {
    (moment: Time | Entry, options?: StatesOptions<'refuse'>): StateQuery<ElementState>
    (moment: Time | Entry, options: StatesOptions<'mark'>): StateQuery<ElementState | UnknownState>
  }
}

/** The elements of a table through a sight; undefined: all of it. Nothing is read. */
export function createNarrowedType(
  client: Client,
  elementType: string,
  sight: Sight | undefined,
): NarrowedType {
  if (sight === undefined) return createElementType(client, elementType)
  const seenBy = sight
  function at(
    moment: Time | Entry,
    options?: TypeStatesOptions & StatesOptions<'refuse'>,
  ): StateQuery<ElementState>
  function at(
    moment: Time | Entry,
    options: TypeStatesOptions & StatesOptions<'mark'>,
  ): StateQuery<ElementState | UnknownState>
  function at(
    moment: Time | Entry,
    { scope, elementIds, unknown, after, ...others }: TypeStatesOptions & StatesOptions = {},
  ): StateQuery<ElementState | UnknownState> {
    refuseOthers(others, 'scope, elementIds, unknown and after')
    const position = parseMoment(moment, 'at')
    const which = parseWhich({ scope, elementIds, after })
    return queryStates(() => streamSeenType(client, elementType, seenBy, which, position, after), unknown)
  }
  return { elementType, at }
}

/** A scope through a sight; undefined: all of it. Nothing is read. */
export function createNarrowedScope(
  client: Client,
  id: string | number | bigint,
  sight: Sight | undefined,
): NarrowedScope {
  const whole = createScope(client, id)
  if (sight === undefined) return whole
  const { scope } = whole
  const seenBy = sight
  function at(moment: Time | Entry, options?: StatesOptions<'refuse'>): StateQuery<ElementState>
  function at(moment: Time | Entry, options: StatesOptions<'mark'>): StateQuery<ElementState | UnknownState>
  function at(
    moment: Time | Entry,
    { unknown, after, ...others }: StatesOptions = {},
  ): StateQuery<ElementState | UnknownState> {
    refuseOthers(others, 'unknown and after')
    const position = parseMoment(moment, 'at')
    parsePlace(after)
    return queryStates(() => streamSeenScope(client, scope, seenBy, position, after), unknown)
  }
  return { scope, at }
}

async function* streamSeenType(
  client: Client,
  elementType: string,
  sight: Sight,
  which: Which,
  position: Position,
  after: StatePlace | null | undefined,
): AsyncGenerator<readonly StateRow[]> {
  refuseByActor(sight)
  const { seen, today } = await readSeenType(client, elementType, sight)
  const later = lookLater(sight)
  const options = { today, after }
  if (which.ids !== undefined) {
    const ids = which.ids.filter((id) => seen.seesElement(today, id))
    const rows = await readNamed(client, elementType, ids, position, sight)
    await later.look(client)
    yield* seePages(sight, seen, later, [rows], options)
    return
  }
  const stream = (scopes: Which['scopes']) =>
    streamTypeStates(client, elementType, scopes, position, { after, once: later.look })
  // a scope that is in no state that is seen is as none: whoever asks for one would learn it
  const column = seen.scopeColumn(today)
  if (which.scopes !== undefined && column === undefined && seen.hidesScope(today)) {
    if (which.scopes.includes(null)) yield* seePages(sight, seen, later, stream(undefined), options)
    return
  }
  const scopes = column === undefined ? which.scopes : intersect(which.scopes, sight.scopes)
  const single = seen.elementIds(today)
  if (single === undefined || (scopes !== undefined && column === undefined)) {
    yield* seePages(sight, seen, later, stream(scopes), options)
    return
  }
  const rows = await readNamed(client, elementType, single, position, sight)
  await later.look(client)
  const own = rows.filter(
    ({ state }) => state === null || scopes === undefined || scopes.includes(seen.scopeOf(today, state)),
  )
  yield* seePages(sight, seen, later, [inOrder(own, after)], options)
}

async function* streamSeenScope(
  client: Client,
  scope: string,
  sight: Sight,
  position: Position,
  after: StatePlace | null | undefined,
): AsyncGenerator<readonly StateRow[]> {
  refuseByActor(sight)
  if (sight.scopes !== undefined && !sight.scopes.includes(scope)) return
  const seen = await readElementSight(client, sight)
  const later = lookLater(sight)
  const paths = pathsOf(seen, sight)
  if (sight.elements !== undefined) {
    const rows: StateRow[] = []
    for (const type of paths.types) {
      const named = await readNamed(client, type, seen.elementIds(type) ?? [], position, sight)
      rows.push(...named.filter(({ state }) => state === null || seen.scopeOf(type, state) === scope))
    }
    await later.look(client)
    yield* seePages(sight, seen, later, [inOrder(rows, after)], { after })
    return
  }
  const pages = streamScopeStates(client, scope, position, { after, paths, once: later.look })
  yield* seePages(sight, seen, later, pages, { after })
}

// What is reached by what is not seen would tell of it; of single elements, those that have a scope of their own.
function pathsOf(seen: ElementSight, sight: Sight): Required<ScopePaths> {
  const types = seen.types.filter(
    (type) => seen.seesType(type) && (sight.elements === undefined || seen.scopeColumn(type) !== undefined),
  )
  return { types, withheld: Object.fromEntries(types.map((type) => [type, [...seen.withheld(type)]])) }
}

// single elements are looked up, rather than found in what a whole table was
async function readNamed(
  client: Client,
  elementType: string,
  ids: readonly string[],
  position: Position,
  sight: Sight,
): Promise<readonly StateRow[]> {
  const rows = await readStates(client, elementType, ids, position)
  if (sight.scopes === undefined) return rows
  // an element of which nothing is known belongs to nothing that is known: an entry of it that is seen will do
  const unknown = rows.flatMap(({ state, elementId }) =>
    state === null && elementId !== null ? [elementId] : [],
  )
  const seen = await readSeenIds(client, elementType, unknown, sight)
  return rows.filter(({ state, elementId }) => state !== null || elementId === null || seen.has(elementId))
}

/** The order in which the database streams them; undefined: none. */
function inOrder(rows: readonly StateRow[], after: StatePlace | null | undefined): readonly StateRow[] {
  if (after === undefined) return rows
  const sorted = rows.toSorted((one, other) => comparePlaces(placeOf(one), placeOf(other)))
  return after === null ? sorted : sorted.filter((row) => comparePlaces(placeOf(row), after) > 0)
}

function placeOf({ elementType, elementId, state }: StateRow): StatePlace {
  return { elementType, elementId, isKnown: state !== null }
}

function comparePlaces(one: StatePlace, other: StatePlace): number {
  return (
    Number(one.isKnown) - Number(other.isKnown) ||
    compareBytes(one.elementType, other.elementType) ||
    Number(one.elementId !== null) - Number(other.elementId !== null) ||
    compareBytes(one.elementId ?? '', other.elementId ?? '')
  )
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** What is seen, asked again once the states are read: a column may have been renamed after it was asked first. */
interface LaterSight {
  readonly look: (client: Client) => Promise<void>
  readonly seen: () => ElementSight | undefined
}

function lookLater(sight: Sight): LaterSight {
  let seen: ElementSight | undefined
  return {
    look: async (client) => {
      seen = await readElementSight(client, sight)
    },
    seen: () => seen,
  }
}

async function* seePages(
  sight: Sight,
  before: ElementSight,
  later: LaterSight,
  pages: AsyncIterable<readonly StateRow[]> | Iterable<readonly StateRow[]>,
  { today, after: place }: { readonly today?: string; readonly after: StatePlace | null | undefined },
): AsyncGenerator<readonly StateRow[]> {
  // what a page before this one ended with stands for all that have no name
  const marked = new Set(place?.elementId === null ? [today ?? place.elementType] : [])
  const see = (row: StateRow): readonly StateRow[] => {
    const type = today ?? row.elementType
    if (row.elementId !== null && !before.seesElement(type, row.elementId)) return []
    if (row.state === null) {
      if (row.elementId !== null && sight.scopes === undefined) return [row]
      // to what it belonged is not known: it is one of those without a name
      if (marked.has(type)) return []
      marked.add(type)
      return [{ ...row, elementId: null }]
    }
    const seen = later.seen()?.see(type, row.state) ?? null
    if (seen === null || before.see(type, row.state) === null) return []
    const hidden = before.withheld(type)
    const state = Object.fromEntries(Object.entries(seen).filter(([name]) => !hidden.has(name)))
    return [{ ...row, state }]
  }
  for await (const rows of pages) {
    const seen = rows.flatMap(see)
    if (seen.length > 0) yield seen
  }
}

function intersect<Value>(
  one: readonly Value[] | undefined,
  other: readonly Value[] | undefined,
): readonly Value[] | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.filter((value) => other.includes(value))
}
