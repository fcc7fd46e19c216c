import type { Entry } from '../core/entry.ts'
import { BackstoryError } from '../core/errors.ts'
import { findCascaded } from '../core/undo/cascade.ts'
import type { ConflictMode } from '../core/undo/conflict.ts'
import { planStep } from '../core/undo/plan.ts'
import type { UndoTable } from '../core/undo/table.ts'
import type { Client } from '../db/client.ts'
import type { Sight } from '../db/sight.ts'
import { readPosition } from '../db/moments.ts'
import { readState } from '../db/states.ts'
import { readUndoTable, readUndoTables } from '../db/undo-tables.ts'
import { readLater, readLiveRows, readTargets, type UndoTarget } from '../db/undo.ts'
import { parseElementMoment, type Moment } from './moment.ts'
import { planSteps, type PlannedSteps, type PlanOptions } from './plan-undo.ts'
import { limitPlan, refuseWholes } from './limit-plan.ts'
import {
  describePlan,
  guardOf,
  parseMode,
  writePlan,
  type Undone,
  type UndoLimits,
  type UndoOptions,
} from './undo.ts'

/** Which version an element is to be restored to, and what with it. */
export interface RestoreOptions extends UndoOptions {
  /** Default: what it was before it was deleted. */
  readonly to?: Moment
  /**
   * Whether a deleted element brings back what its deletion took along: rows that foreign keys deleted in the same
   * transaction, and references that they emptied. Default: yes.
   */
  readonly cascaded?: boolean
}

/** An element by the names that the caller uses. */
export interface RestoredElement {
  readonly elementType: string
  readonly elementId: string
}

/**
 * Makes an element what it was. Later changes of its own are overwritten, as that is what is asked for; `conflicts`
 * speaks of the rows that come back with it.
 *
 * @throws BackstoryError `before_tracking`, `not_tracked`, `not_restorable`, `undo_conflict`, `undo_refused`;
 *   `entry_not_found` where it was never deleted and no version is named; `invalid_argument` where it did not exist then
 */
export async function restore(
  client: Client,
  element: RestoredElement,
  options: RestoreOptions,
  limits: UndoLimits = {},
): Promise<Undone> {
  const mode = parseMode('restore', options, ['to', 'cascaded'])
  return writePlan(client, mode, guardOf(options, limits), (transaction) =>
    planRestoring(transaction, element, options, mode, { lock: true, ...limits }),
  )
}

/** What `restore` would write now. Writes and locks nothing. */
export async function previewRestore(
  client: Client,
  element: RestoredElement,
  options: RestoreOptions,
  limits: UndoLimits = {},
): Promise<Undone> {
  const mode = parseMode('restore', options, ['to', 'cascaded'])
  const planned = await planRestoring(client, element, options, mode, { lock: false, ...limits })
  return describePlan(planned, mode, 'inserts')
}

async function planRestoring(
  client: Client,
  element: RestoredElement,
  { to, cascaded = true, columns }: RestoreOptions,
  mode: ConflictMode,
  { sight, ...options }: PlanOptions & UndoLimits,
): Promise<PlannedSteps> {
  const { elementType, elementId } = element
  const table = await readUndoTable(client, elementType)
  if (table === null) {
    throw new BackstoryError(
      'not_tracked',
      `${elementType} is not tracked now: restoring would not be recorded. Track the table first.`,
      { details: { elementType } },
    )
  }
  const live = (await readLiveRows(client, table, [elementId], options)).get(elementId) ?? null
  const position = await findPosition(client, element, table, to)
  const state = await readState(client, elementType, elementId, { entryId: position })
  if (state === null) throw wasNotThere(element)
  const later = (await readLater(client, table, new Map([[elementId, position]]))).get(elementId) ?? []
  const step = planStep(
    { table, elementId, live },
    state,
    // the newest, where a long history would fill the context
    later.slice(-1000).map(({ id }) => id),
  )
  const deletion = later.findLast(({ action }) => action === 'delete')
  const taken =
    live === null && cascaded && deletion !== undefined ? await readTaken(client, table, deletion, sight) : []
  await refuseWholes(client, taken, sight)
  const others = await planSteps(client, taken, mode, options)
  const planned = { ...others, steps: [...(step === null ? [] : [step]), ...others.steps] }
  return limitPlan(client, planned, columns === undefined ? {} : { columns }, sight)
}

// the id of an entry, after which the state is the one that is asked for
async function findPosition(
  client: Client,
  { elementType, elementId }: RestoredElement,
  table: UndoTable,
  to: Moment | undefined,
): Promise<string> {
  if (to !== undefined) {
    const moment = parseElementMoment(to, { elementType, elementId }, 'restore')
    return readPosition(client, elementType, elementId, moment)
  }
  const all = (await readLater(client, table, new Map([[elementId, '0']]))).get(elementId) ?? []
  const deletion = all.findLast(({ action }) => action === 'delete')
  if (deletion !== undefined) return String(BigInt(deletion.id) - 1n)
  throw wasNeverDeleted({ elementType, elementId })
}

/** The error that an element did not exist at the moment to which it is to be restored. */
export function wasNotThere({ elementType, elementId }: RestoredElement): BackstoryError {
  return new BackstoryError(
    'invalid_argument',
    `${elementType} ${elementId} did not exist then: there is nothing to restore. Give a time or an entry at which it did, or none for what it was before it was deleted.`,
    { details: { elementType, elementId } },
  )
}

/** The error that no moment is given, and no deletion is known. */
export function wasNeverDeleted({ elementType, elementId }: RestoredElement): BackstoryError {
  return new BackstoryError(
    'entry_not_found',
    `The log has no deletion of ${elementType} ${elementId}. Say which version: restore({ to }).`,
    { details: { elementType, elementId } },
  )
}

async function readTaken(
  client: Client,
  table: UndoTable,
  deletion: Entry,
  sight: Sight | undefined,
): Promise<readonly UndoTarget[]> {
  const targets = await readTargets(client, { transactionId: deletion.transactionId }, sight)
  const after = targets.filter(({ entry }) => BigInt(entry.id) > BigInt(deletion.id))
  const ids = new Set(after.map(({ tableId }) => tableId ?? ''))
  ids.delete('')
  const tables = await readUndoTables(client, [...ids])
  const placed = after.flatMap(({ entry, tableId }) => {
    const found = tables.get(tableId ?? '')
    return found === undefined ? [] : [{ entry, table: found }]
  })
  const taken = new Set(findCascaded({ entry: deletion, table }, placed).map(({ entry }) => entry))
  return after.filter(({ entry }) => taken.has(entry))
}
