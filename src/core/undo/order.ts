import { getJsonKey, type JsonObject } from '../json.ts'
import type { UndoStep } from './plan.ts'
import { keyText, type Reference } from './table.ts'

/** Which of the orders to try; `inserts` is the one that foreign keys accept. */
export type OrderFirst = 'inserts' | 'updates' | 'deletes'

/** Steps that can go in one statement: of one table, one action, and the same columns. */
export interface StepGroup {
  readonly steps: readonly [UndoStep, ...UndoStep[]]
  /** Whether they must: they refer to each other in a circle, and foreign keys look at the end of a statement. */
  readonly isWhole: boolean
}

/**
 * Puts steps into an order that foreign keys accept: elements that nobody is left referring to go, then elements come
 * after those that they refer to, changes follow, and at last go the elements that changes have freed. Elements of one
 * table that refer to each other in a circle come at once; where it leads through several tables, one comes without the
 * reference and is changed when the other is there.
 *
 * @param first what comes before the rest instead, to free a unique value that the rest takes: changes, or everything
 * that goes
 */
export function orderSteps(steps: readonly UndoStep[], first: OrderFirst): readonly StepGroup[] {
  const deletions = steps.filter(({ action }) => action === 'delete')
  const updates = steps.filter(({ action }) => action === 'update')
  const { late, early } =
    first === 'deletes' ? { early: deletions, late: [] } : splitDeletions(deletions, updates)
  const inserts = layer(
    steps.filter(({ action }) => action === 'insert'),
    ({ image }) => image,
  )
  const come = inserts.layers.flatMap(groupLayer)
  return [
    ...leave(early),
    ...(first === 'updates' ? [...groupSteps(updates), ...come] : [...come, ...groupSteps(updates)]),
    ...groupSteps(inserts.patches),
    ...leave(late),
  ]
}

/** One text for an element. */
export function elementKey({ table, elementId }: Pick<UndoStep, 'table' | 'elementId'>): string {
  return `${table.id} ${elementId}`
}

// What a change frees goes after it, and so does everything that what goes late refers to.
function splitDeletions(
  deletions: readonly UndoStep[],
  updates: readonly UndoStep[],
): { readonly early: readonly UndoStep[]; readonly late: readonly UndoStep[] } {
  const parents = findParents([...deletions, ...updates], ({ live }) => live ?? {}, true)
  const late = new Set(
    updates.flatMap((step) =>
      (parents.get(step) ?? []).map(({ parent }) => parent).filter(({ action }) => action === 'delete'),
    ),
  )
  const waiting = [...late]
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    for (const { parent } of parents.get(step) ?? []) {
      if (parent.action !== 'delete' || late.has(parent)) continue
      late.add(parent)
      waiting.push(parent)
    }
  }
  return { early: deletions.filter((step) => !late.has(step)), late: [...late] }
}

function leave(deletions: readonly UndoStep[]): readonly StepGroup[] {
  const { layers, patches } = layer(deletions, ({ live }) => live ?? {})
  // a circle is opened before anything goes
  return [...groupSteps(patches.map(opened)), ...layers.toReversed().flatMap(groupLayer)]
}

function opened(patch: UndoStep): UndoStep {
  return { ...patch, image: Object.fromEntries(Object.keys(patch.image).map((column) => [column, null])) }
}

interface Layers {
  /** No element refers to one of a later layer. */
  readonly layers: readonly Layer[]
  /** Changes that set the references that had to be left out of the elements. */
  readonly patches: readonly UndoStep[]
}

interface Layer {
  readonly steps: readonly UndoStep[]
  readonly isWhole: boolean
}

interface Link {
  readonly parent: UndoStep
  readonly reference: Reference
}

function layer(steps: readonly UndoStep[], imageOf: (step: UndoStep) => JsonObject): Layers {
  // what cascades does so at once, however late its constraint is checked
  const links = findParents(steps, imageOf, steps[0]?.action === 'delete')
  const layers: Layer[] = []
  const patches: UndoStep[] = []
  const placed = new Set<UndoStep>()
  let waiting = [...steps]
  while (waiting.length > 0) {
    const isFree = (step: UndoStep) => (links.get(step) ?? []).every(({ parent }) => placed.has(parent))
    let ready: readonly UndoStep[] = waiting.filter(isFree)
    const circle = ready.length === 0 ? findCircle(waiting, links, placed) : []
    const isWhole = circle.length > 0
    if (isWhole) ready = circle
    if (ready.length === 0) {
      // a circle: the first element whose open references may be empty comes without them
      const broken = waiting.find((step) => canBeOpened(step, openLinks(links, placed, step))) ?? waiting[0]
      if (broken === undefined) break
      const columns = new Set(openLinks(links, placed, broken).flatMap(({ reference }) => reference.columns))
      if (canBeOpened(broken, openLinks(links, placed, broken))) {
        const image = imageOf(broken)
        patches.push({
          ...broken,
          action: 'update',
          live: broken.live ?? image,
          image: Object.fromEntries(
            [...columns].map((column) => [column, getJsonKey(image, column) ?? null]),
          ),
        })
        ready = [
          broken.action === 'insert'
            ? {
                ...broken,
                image: Object.fromEntries(
                  Object.entries(image).map(([column, value]) => [
                    column,
                    columns.has(column) ? null : value,
                  ]),
                ),
              }
            : broken,
        ]
      } else {
        ready = [broken]
      }
      placed.add(broken)
      waiting = waiting.filter((step) => step !== broken)
    }
    const done = new Set(ready)
    for (const step of ready) placed.add(step)
    layers.push({ steps: ready, isWhole })
    waiting = waiting.filter((step) => !done.has(step))
  }
  return { layers, patches }
}

// the elements of one table that wait for nothing but each other
function findCircle(
  waiting: readonly UndoStep[],
  links: ReadonlyMap<UndoStep, readonly Link[]>,
  placed: ReadonlySet<UndoStep>,
): readonly UndoStep[] {
  for (const ofTable of Map.groupBy(waiting, ({ table }) => table.id).values()) {
    let circle = ofTable
    for (let before = -1; before !== circle.length;) {
      before = circle.length
      const members = new Set(circle)
      circle = circle.filter((step) =>
        openLinks(links, placed, step).every(({ parent }) => members.has(parent)),
      )
    }
    if (circle.length > 0) return circle
  }
  return []
}

function openLinks(
  links: ReadonlyMap<UndoStep, readonly Link[]>,
  placed: ReadonlySet<UndoStep>,
  step: UndoStep,
): readonly Link[] {
  return (links.get(step) ?? []).filter(({ parent }) => !placed.has(parent))
}

function canBeOpened({ table }: UndoStep, links: readonly Link[]): boolean {
  const keys = new Set(table.key.map(({ name }) => name))
  return links.every(({ reference }) =>
    reference.columns.every((column) => {
      const known = table.columns.get(column)
      return known?.isNullable === true && known.withheld === undefined && !keys.has(column)
    }),
  )
}

// what each step's element refers to among the others; a reference to itself is no obstacle
function findParents(
  steps: readonly UndoStep[],
  imageOf: (step: UndoStep) => JsonObject,
  withDeferrable: boolean,
): ReadonlyMap<UndoStep, readonly Link[]> {
  const byKey = new Map<string, UndoStep>()
  const indexed = new Set<string>()
  const byTable = Map.groupBy(steps, ({ table }) => table.id)
  const found = new Map<UndoStep, Link[]>()
  for (const step of steps) {
    for (const reference of step.table.references) {
      if (reference.isDeferrable && !withDeferrable) continue
      const index = `${reference.table} ${JSON.stringify(reference.referenced)}`
      if (!indexed.has(index)) {
        indexed.add(index)
        for (const parent of byTable.get(reference.table) ?? []) {
          const key = keyText(imageOf(parent), reference.referenced)
          if (key !== null) byKey.set(`${index} ${key}`, parent)
        }
      }
      const key = keyText(imageOf(step), reference.columns)
      const parent = key === null ? undefined : byKey.get(`${index} ${key}`)
      if (parent === undefined || parent === step) continue
      const links = found.get(step)
      if (links === undefined) found.set(step, [{ parent, reference }])
      else links.push({ parent, reference })
    }
  }
  return found
}

function groupLayer({ steps, isWhole }: Layer): readonly StepGroup[] {
  return groupSteps(steps).map((group) => ({ steps: group.steps, isWhole }))
}

function groupSteps(steps: readonly UndoStep[]): readonly StepGroup[] {
  const groups = Map.groupBy(
    steps,
    ({ table, action, image }) =>
      `${table.id} ${action} ${action === 'delete' ? '' : JSON.stringify(Object.keys(image).toSorted())}`,
  )
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = group
    return first === undefined ? [] : [{ steps: [first, ...others], isWhole: false }]
  })
}
