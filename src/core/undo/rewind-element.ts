import type { Entry } from '../entry.ts'
import { getJsonKey, isJsonObject, isSameJson, type JsonObject, type JsonValue } from '../json.ts'
import type { ConflictMode, UndoConflict } from './conflict.ts'
import { documentToday, type UndoTable } from './table.ts'

/** What taking entries of one element back comes to. */
export interface RewoundElement {
  /** The element afterwards; null: it is not there. Columns that no entry speaks of are as they were. */
  readonly state: JsonObject | null
  readonly obstacles: readonly Obstacle[]
}

/** A conflict before the later entry was looked for. */
export interface Obstacle {
  readonly kind: UndoConflict['kind']
  readonly path: readonly string[]
  readonly entry: Entry
  /** Only a conflict if a later entry is found: a column that the entry did not know, filled in by its default maybe. */
  readonly isDoubtful?: boolean
}

/** What is taken back from an element, and from what. */
export interface Rewinding {
  readonly table: UndoTable
  /** As it is now; null: it is not there. */
  readonly live: JsonObject | null
  /** As it was before it went, for `force`: where it is not there now and an update is to be undone. */
  readonly lost: JsonObject | null
  /** Newest first. */
  readonly entries: readonly Entry[]
  readonly mode: ConflictMode
  /** Whether an obstacle is none after all. */
  readonly isHarmless: (obstacle: Obstacle) => boolean
}

/**
 * Takes entries of one element back, newest first, from what the element is now. Where the value is what the entry left
 * it becomes what it was before; where it is that already nothing happens; anything else is an obstacle, overwritten
 * with `force` and left alone otherwise. So what was changed and changed back since is in nobody's way.
 */
export function rewindElement({ table, live, lost, entries, mode, isHarmless }: Rewinding): RewoundElement {
  const obstacles: Obstacle[] = []
  const meet = (obstacle: Obstacle): boolean => {
    if (isHarmless(obstacle)) return true
    obstacles.push(obstacle)
    return mode === 'force'
  }
  let state = live
  const waiting = [...entries]
  for (let entry = takeNext(waiting, table, state); entry !== undefined;) {
    const before = sideOf(table, entry, 'before')
    const after = sideOf(table, entry, 'after')
    if (before === undefined && after !== undefined) state = takeAway(state, after, entry, table, meet)
    else if (before !== undefined && after === undefined) state = bringBack(state, before, entry, meet)
    else if (before !== undefined && after !== undefined) {
      const isThere = state !== null || meet({ kind: 'gone', path: [], entry })
      const base = state ?? lost
      if (isThere && base !== null) state = exchange(base, after, before, [], entry, meet)
    }
    entry = takeNext(waiting, table, state)
  }
  return { state, obstacles }
}

/** One side of an entry's changes: in today's columns, only those that can be written. */
export function sideOf(table: UndoTable, entry: Entry, side: 'before' | 'after'): JsonObject | undefined {
  const document = entry.changes?.[side]
  if (document === undefined) return undefined
  return Object.fromEntries(
    Object.entries(documentToday(table, document, entry.id)).filter(([column]) => {
      const known = table.columns.get(column)
      return known !== undefined && known.withheld === undefined
    }),
  )
}

/**
 * The newest entry that waits. One statement that shifts keys (`set id = id + 1`) inserts an element before it deletes
 * the one that had its key: an element that is there was inserted after it was deleted.
 */
function takeNext(waiting: Entry[], table: UndoTable, state: JsonObject | null): Entry | undefined {
  const [newest, next] = waiting
  const isShifted =
    state !== null &&
    newest?.action === 'delete' &&
    next?.action === 'insert' &&
    newest.transactionId === next.transactionId &&
    isIn(state, sideOf(table, next, 'after') ?? {})
  return waiting.splice(isShifted ? 1 : 0, 1)[0]
}

function isIn(state: JsonObject, image: JsonObject): boolean {
  return Object.entries(image).every(([column, value]) => {
    const present = getJsonKey(state, column)
    return present !== undefined && isSameJson(present, value)
  })
}

type Meet = (obstacle: Obstacle) => boolean

function takeAway(
  state: JsonObject | null,
  after: JsonObject,
  entry: Entry,
  table: UndoTable,
  meet: Meet,
): JsonObject | null {
  if (state === null) return null
  let isFree = true
  for (const [column, value] of Object.entries(state)) {
    const withheld = table.columns.get(column)?.withheld
    if (withheld === 'generated' || withheld === 'ignored') continue
    const left = getJsonKey(after, column)
    if (left !== undefined && isSameJson(left, value)) continue
    const doubt = left === undefined ? { isDoubtful: true } : {}
    isFree = meet({ kind: 'changed', path: [column], entry, ...doubt }) && isFree
  }
  return isFree ? null : state
}

function bringBack(
  state: JsonObject | null,
  before: JsonObject,
  entry: Entry,
  meet: Meet,
): JsonObject | null {
  if (state === null) return before
  if (isIn(state, before) || !meet({ kind: 'exists', path: [], entry })) return state
  return { ...state, ...before }
}

function exchange(
  state: JsonObject,
  left: JsonObject,
  wanted: JsonObject,
  path: readonly string[],
  entry: Entry,
  meet: Meet,
): JsonObject {
  const result = new Map(Object.entries(state))
  const put = (key: string, value: JsonValue | undefined) => {
    if (value === undefined) result.delete(key)
    else result.set(key, value)
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(wanted)])) {
    const present = getJsonKey(state, key)
    const old = getJsonKey(left, key)
    const next = getJsonKey(wanted, key)
    const here = [...path, key]
    if (isJsonObject(old) && isJsonObject(next)) {
      if (isJsonObject(present)) put(key, exchange(present, old, next, here, entry, meet))
      else if (meet({ kind: 'changed', path: here, entry })) put(key, next)
    } else if (isSame(present, old)) {
      put(key, next)
    } else if (!isSame(present, next) && meet({ kind: 'changed', path: here, entry })) {
      put(key, next)
    }
  }
  return Object.fromEntries(result)
}

function isSame(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSameJson(one, other)
}

/** Whether an entry bears on what is at a path: on it, above it or inside it. */
export function touches(table: UndoTable, entry: Entry, path: readonly string[]): boolean {
  const { changes } = entry
  if (changes === null) return false
  if (path.length === 0 || changes.before === undefined || changes.after === undefined) return true
  const [column = '', ...inside] = path
  if (changes.redacted?.some((name) => name === column)) return true
  let before: JsonValue | undefined = getJsonKey(documentToday(table, changes.before, entry.id), column)
  let after: JsonValue | undefined = getJsonKey(documentToday(table, changes.after, entry.id), column)
  for (const key of inside) {
    if (before === undefined && after === undefined) return false
    if (!isJsonObject(before) || !isJsonObject(after)) return true
    before = getJsonKey(before, key)
    after = getJsonKey(after, key)
  }
  return before !== undefined || after !== undefined
}
