import type { Entry } from '../core/entry.ts'
import { BackstoryError } from '../core/errors.ts'
import type { UndoConflict } from '../core/undo/conflict.ts'
import type { UndoStep } from '../core/undo/plan.ts'
import type { Client } from '../db/client.ts'
import { readElementSight, readTypeOfToday, type ElementSight } from '../db/element-sight.ts'
import { readEntries } from '../db/entries.ts'
import type { Sight } from '../db/sight.ts'
import type { UndoTarget } from '../db/undo.ts'
import type { PlannedSteps } from './plan-undo.ts'

/**
 * Leaves of a plan what concerns some columns alone, and what somebody sees who may write it.
 *
 * @throws BackstoryError `unknown_column`; `invalid_argument` where an element would come or go in part;
 *   `not_permitted` where it would come or go with columns that are not seen, or is out of sight
 */
export async function limitPlan(
  client: Client,
  planned: PlannedSteps,
  { columns }: { readonly columns?: readonly string[] },
  sight: Sight | undefined,
): Promise<PlannedSteps> {
  if (columns === undefined && sight === undefined) return planned
  const seen = sight === undefined ? everything : await readElementSight(client, sight)
  const isKept = (elementType: string, column: string | undefined) =>
    column === undefined ||
    (!seen.withheld(elementType).has(column) && (columns === undefined || columns.includes(column)))
  refuseUnknown(planned.steps, columns, seen)
  return {
    steps: await hideUndone(
      client,
      planned.steps
        .filter(({ table }) => seen.seesType(table.elementType))
        .flatMap((step) => limitStep(step, columns, seen)),
      sight,
    ),
    conflicts: await hideLater(
      client,
      planned.conflicts.filter(
        ({ elementType, elementId, path }) =>
          seen.seesElement(elementType, elementId) && isKept(elementType, columnOf(path)),
      ),
      sight,
    ),
    omitted: planned.omitted.filter(
      ({ elementType, elementId, column }) =>
        seen.seesElement(elementType, elementId) && isKept(elementType, column),
    ),
  }
}

/**
 * Refuses to undo that elements came or went where somebody does not see all of their columns, whatever stands in them:
 * whether it is a conflict would tell.
 *
 * @throws BackstoryError `not_permitted`
 */
export async function refuseWholes(
  client: Client,
  targets: readonly UndoTarget[],
  sight: Sight | undefined,
): Promise<void> {
  if (sight === undefined) return
  const seen = await readElementSight(client, sight)
  const whole = targets.filter(({ entry }) => entry.action !== 'update')
  for (const elementType of new Set(whole.map(({ entry }) => entry.elementType))) {
    const today = (await readTypeOfToday(client, elementType)) ?? elementType
    if (seen.withheld(today).size > 0) throw wouldBeInPart(today)
  }
}

function wouldBeInPart(elementType: string): BackstoryError {
  return new BackstoryError(
    'not_permitted',
    `Elements of ${elementType} come and go whole, and you do not see all of their columns: ask somebody who does.`,
    { details: { elementType } },
  )
}

type PlanSight = Pick<ElementSight, 'seesType' | 'seesElement' | 'withheld' | 'see'>

const everything: PlanSight = {
  seesType: () => true,
  seesElement: () => true,
  withheld: () => new Set(),
  see: (_, state) => state,
}

function limitStep(
  step: UndoStep,
  columns: readonly string[] | undefined,
  seen: PlanSight,
): readonly UndoStep[] {
  const { table, elementId, action, live, image } = step
  const { elementType } = table
  const hidden = seen.withheld(elementType)
  const isWhole = action === 'insert' || action === 'delete'
  if (isWhole && hidden.size > 0) throw wouldBeInPart(elementType)
  if (isWhole && columns !== undefined) {
    throw new BackstoryError(
      'invalid_argument',
      `${elementType} ${elementId} would ${action === 'insert' ? 'come' : 'go'} whole: do it without columns.`,
      { details: { elementType, elementId } },
    )
  }
  const states = [live, action === 'delete' ? null : { ...live, ...image }].filter((state) => state !== null)
  if (
    !seen.seesElement(elementType, elementId) ||
    states.some((state) => seen.see(elementType, state) === null)
  ) {
    throw new BackstoryError(
      'not_permitted',
      `${elementType} ${elementId} is, or would be, where you do not see it: nothing was written.`,
      { details: { elementType, elementId } },
    )
  }
  if (isWhole) return [step]
  const kept = Object.entries(image).filter(
    ([column]) => !hidden.has(column) && (columns === undefined || columns.includes(column)),
  )
  return kept.length === 0 ? [] : [{ ...step, image: Object.fromEntries(kept) }]
}

// a column that is not seen is as unknown as one that is not there
function refuseUnknown(
  steps: readonly UndoStep[],
  columns: readonly string[] | undefined,
  seen: PlanSight,
): void {
  for (const column of columns ?? []) {
    const isKnown = steps.some(
      ({ table }) => table.columns.has(column) && !seen.withheld(table.elementType).has(column),
    )
    if (isKnown || steps.length === 0) continue
    throw new BackstoryError(
      'unknown_column',
      `There is no column "${column}" in what would be written. Leave it out, or write it as it is called today.`,
      { details: { column } },
    )
  }
}

// what is written names all that it undoes; whoever asked is told of those that he sees
async function hideUndone(
  client: Client,
  steps: readonly UndoStep[],
  sight: Sight | undefined,
): Promise<readonly UndoStep[]> {
  if (sight === undefined) return steps
  const visible = await readVisible(
    client,
    steps.flatMap(({ undoes }) => undoes),
    sight,
  )
  return steps.map((step) => ({ ...step, seenUndoes: step.undoes.filter((id) => visible.has(id)) }))
}

async function hideLater(
  client: Client,
  conflicts: readonly UndoConflict[],
  sight: Sight | undefined,
): Promise<readonly UndoConflict[]> {
  if (sight === undefined) return conflicts
  const visible = await readVisible(
    client,
    conflicts.flatMap(({ later }) => (later === null ? [] : [later.id])),
    sight,
  )
  return conflicts.map((conflict) => ({
    ...conflict,
    later: conflict.later === null ? null : (visible.get(conflict.later.id) ?? null),
  }))
}

/** Those of some entries that are seen, as they are seen, by their ids. */
async function readVisible(
  client: Client,
  ids: readonly string[],
  sight: Sight,
): Promise<ReadonlyMap<string, Entry>> {
  const asked = [...new Set(ids)]
  if (asked.length === 0) return new Map()
  const found = await readEntries(client, { ids: asked, sight }, { order: 'newest', limit: asked.length })
  return new Map(found.map((entry) => [entry.id, entry]))
}

function columnOf(path: string): string | undefined {
  const [, first] = path.split('/')
  return first?.replaceAll('~1', '/').replaceAll('~0', '~')
}
