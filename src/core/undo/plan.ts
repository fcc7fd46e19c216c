import type { Changes } from '../changes.ts'
import { diff } from '../diff.ts'
import type { Entry } from '../entry.ts'
import { BackstoryError } from '../errors.ts'
import { getJsonKey, isJsonObject, isSameJson, type JsonObject } from '../json.ts'
import { appendPointer } from '../pointer.ts'
import type { ConflictMode, UndoConflict } from './conflict.ts'
import { rewindElement, sideOf, touches, type Obstacle } from './rewind-element.ts'
import { columnToday, type UndoTable } from './table.ts'

/** What is to be undone of one element, and everything that bears on it. */
export interface ElementTask {
  readonly table: UndoTable
  readonly elementId: string
  /** As `to_jsonb` gives the live row; null: it is not there. */
  readonly live: JsonObject | null
  /** The entries to undo, newest first. */
  readonly entries: readonly Entry[]
  /** The other entries since the oldest of those, oldest first; null: not read yet, so that every doubt is a conflict. */
  readonly later: readonly Entry[] | null
}

/** A write that undoing comes to: one element, what it becomes. */
export interface UndoStep {
  readonly table: UndoTable
  readonly elementId: string
  readonly action: 'insert' | 'update' | 'delete'
  /** As it is now: for a deletion or an update, whole. */
  readonly live: JsonObject | null
  /** The columns to write: all of a new element, those that differ of an old one. */
  readonly image: JsonObject
  /** The entries that it undoes. */
  readonly undoes: readonly string[]
  /** Those of them that whoever asked sees. Default: all. */
  readonly seenUndoes?: readonly string[]
}

/** A column of an entry that undoing does not bring back. */
export interface OmittedColumn {
  readonly elementType: string
  readonly elementId: string
  readonly column: string
  /** The column was dropped since, or its values are not in the log. */
  readonly reason: 'dropped' | 'redacted' | 'ignored'
  /** The entry that changed it. */
  readonly entryId: string
}

/** What taking one element back comes to: no step where nothing would change. */
export interface PlannedElement {
  readonly step: UndoStep | null
  readonly conflicts: readonly UndoConflict[]
}

/** Plans what undoing comes to for one element. */
export function planElement(task: ElementTask, mode: ConflictMode): PlannedElement {
  const { table, live, entries } = task
  const later = task.later ?? []
  const { state, obstacles } = rewindElement({
    table,
    live,
    lost: lostState(table, live, later),
    entries,
    mode,
    isHarmless: (obstacle) =>
      obstacle.isDoubtful === true && task.later !== null && isDefault(task, later, obstacle),
  })
  return {
    step: planStep(
      task,
      state,
      entries.map(({ id }) => id),
    ),
    conflicts: obstacles.map((obstacle) => toConflict(task, later, obstacle)),
  }
}

/** The write that takes an element from what it is to `state`; null where it is that already. */
export function planStep(
  { table, elementId, live }: Pick<ElementTask, 'table' | 'elementId' | 'live'>,
  state: JsonObject | null,
  undoes: readonly string[],
): UndoStep | null {
  const common = { table, elementId, live, undoes }
  if (state === null) return live === null ? null : { ...common, action: 'delete', image: {} }
  const written = Object.entries(state).filter(([column, value]) => {
    const known = table.columns.get(column)
    if (known === undefined || known.withheld !== undefined) return false
    const present = live === null ? undefined : getJsonKey(live, column)
    return present === undefined || !isSameJson(present, value)
  })
  if (live === null) {
    refuseIncomplete(
      table,
      elementId,
      written.map(([column]) => column),
    )
    return { ...common, action: 'insert', image: Object.fromEntries(written) }
  }
  return written.length === 0 ? null : { ...common, action: 'update', image: Object.fromEntries(written) }
}

/** What a step will be recorded as, as far as it can be known before. */
export function changesOf({ table, action, live, image }: UndoStep): Changes {
  if (action === 'insert' || live === null) return { after: image }
  if (action === 'delete') return { before: shown(table, live) }
  const before = Object.fromEntries(Object.keys(image).map((column) => [column, live[column] ?? null]))
  return diff(before, image) ?? {}
}

// the live row holds what the log must not
function shown(table: UndoTable, live: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(live).filter(([column]) => {
      const withheld = table.columns.get(column)?.withheld
      return withheld === undefined || withheld === 'generated'
    }),
  )
}

/** The columns that the entries of an element speak of and that cannot be brought back. */
export function findOmitted({
  table,
  elementId,
  entries,
}: Pick<ElementTask, 'table' | 'elementId' | 'entries'>): readonly OmittedColumn[] {
  return entries.flatMap((entry) => {
    const { before, after, redacted = [] } = entry.changes ?? {}
    // what an insert set goes with the element
    if (before === undefined) return []
    const columns = new Set([...Object.keys(before), ...Object.keys(after ?? {}), ...redacted])
    return [...columns].flatMap((column) => {
      const today = columnToday(table, column, entry.id)
      const known = today === null ? undefined : table.columns.get(today)
      const reason = known === undefined ? 'dropped' : known.withheld
      if (reason === undefined || reason === 'generated') return []
      return [
        { elementType: table.elementType, elementId, column: today ?? column, reason, entryId: entry.id },
      ]
    })
  })
}

function toConflict(
  { table, elementId }: ElementTask,
  later: readonly Entry[],
  { kind, path, entry }: Obstacle,
): UndoConflict {
  const since = later.filter(({ id }) => BigInt(id) > BigInt(entry.id))
  return {
    kind,
    elementType: table.elementType,
    elementId,
    path: path.reduce(appendPointer, ''),
    entry,
    later: since.findLast((candidate) => touches(table, candidate, path)) ?? null,
  }
}

// a column that the entry does not know was added since: its value is the default's until an entry changes it
function isDefault(
  { table, live }: ElementTask,
  later: readonly Entry[],
  { path, entry }: Obstacle,
): boolean {
  const [column = ''] = path
  const first = later.find(
    (candidate) =>
      BigInt(candidate.id) > BigInt(entry.id) &&
      candidate.changes?.before !== undefined &&
      candidate.changes.after !== undefined &&
      touches(table, candidate, path),
  )
  if (first === undefined) return true
  const initial = getJsonKey(sideOf(table, first, 'before') ?? {}, column)
  const present = live === null ? undefined : getJsonKey(live, column)
  // the inside of a document is only what changed of it
  return (
    initial !== undefined && present !== undefined && !isJsonObject(initial) && isSameJson(initial, present)
  )
}

function lostState(table: UndoTable, live: JsonObject | null, later: readonly Entry[]): JsonObject | null {
  if (live !== null) return null
  const deletion = later.findLast(({ action }) => action === 'delete')
  return (deletion === undefined ? undefined : sideOf(table, deletion, 'before')) ?? null
}

function refuseIncomplete(table: UndoTable, elementId: string, written: readonly string[]): void {
  const given = new Set(written)
  const missing = [...table.columns.values()].find(
    ({ name, withheld, isRequired }) => isRequired && withheld !== 'generated' && !given.has(name),
  )
  if (missing === undefined) return
  const reason =
    missing.withheld === undefined
      ? 'it was added since'
      : `it is ${missing.withheld}, so the log has no value`
  throw new BackstoryError(
    'not_restorable',
    `${table.elementType} ${elementId} cannot be restored: its column "${missing.name}" needs a value, and ${reason}. Give the column a default, or insert the element yourself.`,
    { details: { elementType: table.elementType, elementId, column: missing.name } },
  )
}
