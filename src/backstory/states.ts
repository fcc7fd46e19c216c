import { BackstoryError } from '../core/errors.ts'
import { formatElementId, type ElementId } from '../core/entry.ts'
import type { JsonObject } from '../core/json.ts'
import type { Client } from '../db/client.ts'
import {
  readStates,
  streamScopeStates,
  streamTypeStates,
  type StatePlace,
  type StateRow,
} from '../db/states.ts'
import type { OneOrMore } from './entry-filter.ts'
import { parseMoment, type Moment } from './moment.ts'

/** What an element was. Elements that did not exist then are not among the answers. */
export interface ElementState<State = JsonObject> {
  readonly elementType: string
  readonly elementId: string
  readonly isKnown: true
  /** The whole row as `to_jsonb` gives it, in today's column names, without ignored and redacted columns. */
  readonly state: State
}

/** An element of which it cannot be known what it was. */
export interface UnknownState {
  readonly elementType: string
  /** Null: elements that may have existed without leaving a trace in the log. */
  readonly elementId: string | null
  readonly isKnown: false
  readonly state: null
}

/** How states are answered. */
export interface StatesOptions<Unknown extends 'refuse' | 'mark' = 'refuse' | 'mark'> {
  /**
   * What to do about elements of which it cannot be known what they were. `refuse` (default): an error that names the
   * first of them; `mark`: they are among the answers, as `UnknownState`.
   */
  readonly unknown?: Unknown
  /**
   * In order, from the one after this: those of which nothing can be known, then by type, then by id. null: from the
   * first. Costs a sort. Default: in no order. Not together with `elementIds`.
   */
  readonly after?: StatePlace | null
}

/** Which elements of a type. */
export interface TypeStatesOptions {
  /** Only those that belonged to it then; null: to nothing. */
  readonly scope?: OneOrMore<string | null>
  /** Only these, in this order, looked up by index. At most 1,000. Not together with `scope`. */
  readonly elementIds?: readonly ElementId[]
}

/**
 * Awaited it is a list; iterated, the same read page by page, for what does not fit into memory. Nothing is read
 * before either. A loop holds one connection, in a transaction, until it ends.
 */
export interface StateQuery<State> extends PromiseLike<readonly State[]>, AsyncIterable<State> {}

/** The elements of a table. `State` is what an ORM says of it (`StateOf`); any JSON otherwise. */
export interface ElementType<State = JsonObject> {
  readonly elementType: string
  /**
   * Its elements as they were at a time, right after an entry, or right after a transaction; in no particular order.
   *
   * @throws BackstoryError `before_tracking` where that cannot be known; `not_tracked`, `entry_not_found`,
   *   `invalid_argument`
   * @example for await (const { elementId, state } of backstory.type('world_elements').at('2026-01-31')) { … }
   */
  readonly at: {
    (moment: Moment, options?: TypeStatesOptions & StatesOptions<'refuse'>): StateQuery<ElementState<State>>
    (
      moment: Moment,
      options: TypeStatesOptions & StatesOptions<'mark'>,
    ): StateQuery<ElementState<State> | UnknownState>
  }
}

/** A scope (a world, a tenant) with everything in it. */
export interface Scope {
  readonly scope: string
  /**
   * Everything that was in it then: the elements of every type that is tracked with a scope, and those of types without
   * one that pointed at any of them by a foreign key.
   *
   * @throws BackstoryError `before_tracking` where that cannot be known; `entry_not_found`, `invalid_argument`
   */
  readonly at: {
    (moment: Moment, options?: StatesOptions<'refuse'>): StateQuery<ElementState>
    (moment: Moment, options: StatesOptions<'mark'>): StateQuery<ElementState | UnknownState>
  }
}

/** The elements of a table, by its name of today or one that it had. Nothing is read. */
export function createElementType(client: Client, elementType: string): ElementType {
  function at(moment: Moment, options?: TypeStatesOptions & StatesOptions<'refuse'>): StateQuery<ElementState>
  function at(
    moment: Moment,
    options: TypeStatesOptions & StatesOptions<'mark'>,
  ): StateQuery<ElementState | UnknownState>
  function at(
    moment: Moment,
    { scope, elementIds, unknown, after, ...others }: TypeStatesOptions & StatesOptions = {},
  ): StateQuery<ElementState | UnknownState> {
    refuseOthers(others, 'scope, elementIds, unknown and after')
    const position = parseMoment(moment, 'at')
    const which = parseWhich({ scope, elementIds, after })
    return queryStates(async function* () {
      if (which.ids === undefined)
        yield* streamTypeStates(client, elementType, which.scopes, position, { after })
      else yield await readStates(client, elementType, which.ids, position)
    }, unknown)
  }
  return { elementType, at }
}

/** A scope with everything in it. Nothing is read. */
export function createScope(client: Client, id: string | number | bigint): Scope {
  const scope = parseScope(String(id)) ?? ''
  function at(moment: Moment, options?: StatesOptions<'refuse'>): StateQuery<ElementState>
  function at(moment: Moment, options: StatesOptions<'mark'>): StateQuery<ElementState | UnknownState>
  function at(
    moment: Moment,
    { unknown, after, ...others }: StatesOptions = {},
  ): StateQuery<ElementState | UnknownState> {
    refuseOthers(others, 'unknown and after')
    const position = parseMoment(moment, 'at')
    parsePlace(after)
    return queryStates(() => streamScopeStates(client, scope, position, { after }), unknown)
  }
  return { scope, at }
}

/** Which elements of a type are asked for: of these scopes, or with these ids; all, where neither is there. */
export interface Which {
  readonly scopes?: readonly (string | null)[]
  readonly ids?: readonly string[]
}

/** Checks which elements are asked for. @throws BackstoryError `invalid_argument` */
export function parseWhich({
  scope,
  elementIds,
  after,
}: {
  readonly [Option in keyof TypeStatesOptions]: TypeStatesOptions[Option] | undefined
} & { readonly after: StatePlace | null | undefined }): Which {
  parsePlace(after)
  if (elementIds === undefined) return scope === undefined ? {} : { scopes: [scope].flat().map(parseScope) }
  if (after !== undefined)
    throw invalid('at() takes elementIds or after, not both: ids are answered in their order.')
  if (scope !== undefined) throw invalid('at() takes scope or elementIds, not both.')
  return { ids: parseElementIds(elementIds) }
}

/** Checks where to go on. @throws BackstoryError `invalid_argument` */
export function parsePlace(after: StatePlace | null | undefined): void {
  if (after === undefined || after === null) return
  const { elementType, elementId, isKnown } = after
  const isPlace = typeof isKnown === 'boolean' && (elementId !== null || !isKnown)
  if (!isPlace) throw invalid('after must be null, or a state that at() answered.')
  parseText(elementType, 'after.elementType')
  if (elementId !== null) parseText(elementId, 'after.elementId')
}

/** The query of what pages of rows say. */
export function queryStates(
  readPages: () => AsyncGenerator<readonly StateRow[]>,
  unknown: 'refuse' | 'mark' = 'refuse',
): StateQuery<ElementState | UnknownState> {
  if (unknown === 'mark') return createQuery(readPages, markUnknown)
  if (unknown === 'refuse') return createQuery(readPages, refuseUnknown)
  throw invalid(`unknown must be refuse or mark; it is ${JSON.stringify(unknown)}.`)
}

function createQuery<State>(
  readPages: () => AsyncGenerator<readonly StateRow[]>,
  answer: (row: StateRow) => State,
): StateQuery<State> {
  const iterate = async function* () {
    for await (const rows of readPages()) yield* rows.map(answer)
  }
  const readAll = async () => {
    const states: State[] = []
    for await (const rows of readPages()) states.push(...rows.map(answer))
    return states
  }
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- awaiting a query reads all of it
    then: (onStates, onError) => readAll().then(onStates, onError),
    [Symbol.asyncIterator]: iterate,
  }
}

function markUnknown({ elementType, elementId, state }: StateRow): ElementState | UnknownState {
  return elementId !== null && state !== null
    ? { elementType, elementId, isKnown: true, state }
    : { elementType, elementId, isKnown: false, state: null }
}

function refuseUnknown(row: StateRow): ElementState {
  const answer = markUnknown(row)
  if (answer.isKnown) return answer
  const { elementType, elementId } = answer
  throw new BackstoryError(
    'before_tracking',
    `What ${elementType} ${elementId ?? ''} was then cannot be known`.replace('  ', ' ') +
      (elementId === null
        ? ': it was not tracked all the time between then and what is known of it, so that elements may have come and gone without a trace.'
        : ': its table was not tracked all the time between then and what is known of it.') +
      " Ask for a moment after tracking began, or with { unknown: 'mark' } for what is known.",
    { details: { elementType, elementId } },
  )
}

function parseElementIds(elementIds: readonly ElementId[]): readonly string[] {
  if (elementIds.length > mostElements) {
    throw invalid(`elementIds has at most ${mostElements} ids; it has ${elementIds.length}.`)
  }
  return elementIds.map((id) => parseText(formatElementId(id), 'elementIds'))
}

const mostElements = 1000

function parseScope(scope: string | null): string | null {
  return scope === null ? null : parseText(scope, 'scope')
}

function parseText(text: string, name: string): string {
  if (typeof text === 'string' && !text.includes('\0') && text.isWellFormed()) return text
  throw invalid(`${name} must be a text that PostgreSQL can hold; it is ${JSON.stringify(text)}.`)
}

/** Refuses options that nobody knows. @throws BackstoryError `invalid_argument` */
export function refuseOthers(others: object, known: string): void {
  const [other] = Object.keys(others)
  if (other !== undefined) throw invalid(`at() knows no option "${other}". It knows ${known}.`)
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
