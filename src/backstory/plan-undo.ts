import type { Entry } from '../core/entry.ts'
import { BackstoryError } from '../core/errors.ts'
import type { ConflictMode, UndoConflict } from '../core/undo/conflict.ts'
import { elementKey } from '../core/undo/order.ts'
import {
  findOmitted,
  planElement,
  type ElementTask,
  type OmittedColumn,
  type UndoStep,
} from '../core/undo/plan.ts'
import type { Referrer } from '../core/undo/table.ts'
import type { Client } from '../db/client.ts'
import { readEntries } from '../db/entries.ts'
import { readUndoTables } from '../db/undo-tables.ts'
import { readLater, readLiveRows, readReferred, type UndoTarget } from '../db/undo.ts'

/** What undoing comes to: the writes in no order yet, and what stands in their way. */
export interface PlannedSteps {
  readonly steps: readonly UndoStep[]
  readonly conflicts: readonly UndoConflict[]
  readonly omitted: readonly OmittedColumn[]
}

/** Whether the elements are locked until the end of the transaction, so that the plan stays true. */
export interface PlanOptions {
  readonly lock: boolean
}

/** Plans to undo entries, of any number of elements and tables. @throws BackstoryError `not_tracked`, `not_restorable` */
export async function planSteps(
  client: Client,
  targets: readonly UndoTarget[],
  mode: ConflictMode,
  options: PlanOptions,
): Promise<PlannedSteps> {
  const tasks = await readTasks(client, targets, options)
  const planned = await planTasks(client, tasks, mode)
  const referred = await dropReferred(client, planned.steps, tasks, mode)
  return {
    steps: referred.steps,
    conflicts: [...planned.conflicts, ...referred.conflicts],
    omitted: tasks.flatMap(findOmitted),
  }
}

async function readTasks(
  client: Client,
  targets: readonly UndoTarget[],
  options: PlanOptions,
): Promise<readonly ElementTask[]> {
  const ids = new Set(targets.map(({ tableId }) => tableId ?? ''))
  ids.delete('')
  const tables = await readUndoTables(client, [...ids])
  const byTable = Map.groupBy(targets, ({ entry, tableId }) => {
    const table = tables.get(tableId ?? '')
    if (table !== undefined) return table
    throw new BackstoryError(
      'not_tracked',
      `Entry ${entry.id} is of ${entry.elementType}, which is not tracked now: undoing it would not be recorded. Track the table first.`,
      { details: { elementType: entry.elementType, entryId: entry.id } },
    )
  })
  const tasks: ElementTask[] = []
  // always in the same order, so that two of us never wait for each other
  for (const [table, ofTable] of [...byTable].toSorted(
    ([one], [other]) => Number(one.id) - Number(other.id),
  )) {
    const byElement = Map.groupBy(
      ofTable.map(({ entry }) => entry),
      ({ elementId }) => elementId,
    )
    const rows = await readLiveRows(client, table, [...byElement.keys()], options)
    for (const [elementId, entries] of byElement) {
      tasks.push({ table, elementId, live: rows.get(elementId) ?? null, entries, later: null })
    }
  }
  return tasks
}

// later entries are read only of elements that are no longer what the entries left
async function planTasks(
  client: Client,
  tasks: readonly ElementTask[],
  mode: ConflictMode,
): Promise<Omit<PlannedSteps, 'omitted'>> {
  const steps: UndoStep[] = []
  const conflicts: UndoConflict[] = []
  const doubtful: ElementTask[] = []
  for (const task of tasks) {
    const { step, conflicts: found } = planElement(task, mode)
    if (found.length > 0) doubtful.push(task)
    else if (step !== null) steps.push(step)
  }
  for (const [table, ofTable] of Map.groupBy(doubtful, (task) => task.table)) {
    const since = new Map(ofTable.map(({ elementId, entries }) => [elementId, entries.at(-1)?.id ?? '0']))
    const later = await readLater(client, table, since)
    for (const task of ofTable) {
      const own = new Set(task.entries.map(({ id }) => id))
      const others = (later.get(task.elementId) ?? []).filter(({ id }) => !own.has(id))
      const { step, conflicts: found } = planElement({ ...task, later: others }, mode)
      if (step !== null) steps.push(step)
      conflicts.push(...found)
    }
  }
  return { steps, conflicts }
}

// an element that others refer to would take them along, or not go
async function dropReferred(
  client: Client,
  planned: readonly UndoStep[],
  tasks: readonly ElementTask[],
  mode: ConflictMode,
): Promise<Omit<PlannedSteps, 'omitted'>> {
  const conflicts = new Map<string, UndoConflict>()
  let steps = planned
  for (;;) {
    const found = await findReferred(client, steps, tasks)
    for (const [key, conflict] of found) conflicts.set(key, conflict)
    if (mode !== 'skip' || found.size === 0) break
    // what stays may refer to what would go
    steps = steps.filter((step) => step.action !== 'delete' || !found.has(elementKey(step)))
  }
  return { steps, conflicts: [...conflicts.values()] }
}

async function findReferred(
  client: Client,
  steps: readonly UndoStep[],
  tasks: readonly ElementTask[],
): Promise<ReadonlyMap<string, UndoConflict>> {
  const found = new Map<string, UndoConflict>()
  const deletions = steps.filter(({ action }) => action === 'delete')
  for (const [table, ofTable] of Map.groupBy(deletions, (step) => step.table)) {
    for (const referrer of table.referencedBy) {
      const expected = steps.filter((step) => leaves(step, referrer)).map(({ elementId }) => elementId)
      for (const { elementId, by } of await readReferred(client, table, referrer, ofTable, expected)) {
        const key = elementKey({ table, elementId })
        const entry = tasks
          .find((task) => task.table === table && task.elementId === elementId)
          ?.entries.at(-1)
        if (entry === undefined || found.has(key)) continue
        found.set(key, {
          kind: 'referenced',
          elementType: table.elementType,
          elementId,
          path: '',
          entry,
          later: await readNewest(client, referrer, by),
        })
      }
    }
  }
  return found
}

function leaves({ table, action, image }: UndoStep, referrer: Referrer): boolean {
  if (table.id !== referrer.table) return false
  return (
    action === 'delete' ||
    (action === 'update' && referrer.columns.some((column) => Object.hasOwn(image, column)))
  )
}

async function readNewest(client: Client, referrer: Referrer, elementId: string): Promise<Entry | null> {
  if (referrer.table === null) return null
  const conditions = { elementTypes: [referrer.elementType], elementId }
  const [newest] = await readEntries(client, conditions, { order: 'newest', limit: 1 })
  return newest ?? null
}
