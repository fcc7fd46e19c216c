import { actingAs, currentContext } from '../context/context.ts'
import type { Action, Changes } from '../core/changes.ts'
import type { Entry } from '../core/entry.ts'
import { BackstoryError } from '../core/errors.ts'
import { refuseNoObject, refuseUnknownOptions } from '../core/option-names.ts'
import { conflictError, type ConflictMode, type UndoConflict } from '../core/undo/conflict.ts'
import { orderSteps, type OrderFirst, type StepGroup } from '../core/undo/order.ts'
import { changesOf, type OmittedColumn, type UndoStep } from '../core/undo/plan.ts'
import type { Client } from '../db/client.ts'
import { keepAnswer, type Answer } from '../db/answers.ts'
import type { Sight } from '../db/sight.ts'
import { readTargets, type UndoSelection, type UndoTarget } from '../db/undo.ts'
import { deferConstraints, setContext, violationOf, writeSteps } from '../db/undo-write.ts'
import { limitPlan, refuseWholes } from './limit-plan.ts'
import { planSteps, type PlannedSteps } from './plan-undo.ts'
import { formatTime, type Time } from './times.ts'

/** What to undo: entries, by themselves or by their ids; a transaction; what an actor did in a time. */
export type UndoWhat =
  | { readonly entry: Entry | string }
  | { readonly entries: readonly (Entry | string)[] }
  | { readonly transactionId: string }
  | {
      readonly userId: string
      /** At this time or later. */
      readonly since: Time
      /** Before this time. Default: now. */
      readonly until?: Time
    }

/** How to undo. */
export interface UndoOptions {
  /**
   * What to do where something was changed again since. `refuse` (default): nothing at all, with the error
   * `undo_conflict`; `skip`: undo the rest; `force`: undo all of it, later changes to the same are lost.
   */
  readonly conflicts?: ConflictMode
  /** Only these columns, of elements that are there before and after. Others, and conflicts there, are left alone. */
  readonly columns?: readonly string[]
  /**
   * Asked with what is about to be written, inside of the transaction, with the elements locked. `false`: nothing is
   * written, and `plan_changed` is thrown.
   */
  readonly onlyIf?: (planned: Undone) => boolean
}

/** What comes with an undo that not everybody may have done whole. */
export interface UndoLimits {
  readonly sight?: Sight
  /** What is to be remembered under a key, in the same transaction. */
  readonly keep?: (planned: Undone) => Answer
}

/** One element that undoing writes. */
export interface UndoneChange {
  readonly elementType: string
  readonly elementId: string
  readonly action: Extract<Action, 'insert' | 'update' | 'delete'>
  /** As it will be recorded, but for what triggers and defaults of the table add. */
  readonly changes: Changes
  /** The ids of the entries that it undoes: `undoes` in the context of the entry that records it. */
  readonly undoes: readonly string[]
  /** What was changed since and is overwritten, or left as it is. */
  readonly conflicts: readonly UndoConflict[]
}

/** What an undo wrote, or would write. */
export interface Undone {
  /** The writes, in their order. None: everything is already as it was before. */
  readonly changes: readonly UndoneChange[]
  /** All conflicts: with `refuse` there is then no change. */
  readonly conflicts: readonly UndoConflict[]
  /** Columns that do not come back: dropped since, or withheld from the log. */
  readonly omitted: readonly OmittedColumn[]
}

/**
 * Undoes entries by ordinary writes, recorded as any other, in one transaction. See docs/reference/undo.md.
 *
 * @throws BackstoryError `undo_conflict`, `undo_refused`, `not_restorable`, `entry_not_found`, `not_tracked`,
 *   `invalid_argument`
 */
export async function undo(
  client: Client,
  what: UndoWhat,
  options: UndoOptions,
  limits: UndoLimits = {},
): Promise<Undone> {
  const mode = parseMode('undo', options)
  const targets = await findTargets(client, what, limits.sight)
  await refuseWholes(client, targets, limits.sight)
  const guard = guardOf(options, limits)
  return writePlan(client, mode, guard, async (transaction) =>
    limitPlan(
      transaction,
      await planSteps(transaction, targets, mode, { lock: true }),
      options,
      limits.sight,
    ),
  )
}

/** What `undo` would write now. Writes and locks nothing. */
export async function previewUndo(
  client: Client,
  what: UndoWhat,
  options: UndoOptions,
  { sight }: UndoLimits = {},
): Promise<Undone> {
  const mode = parseMode('undo', options)
  const targets = await findTargets(client, what, sight)
  await refuseWholes(client, targets, sight)
  const planned = await planSteps(client, targets, mode, { lock: false })
  return describePlan(await limitPlan(client, planned, options, sight), mode, 'inserts')
}

/** What is asked and done in the transaction, before anything is written. */
export type WriteGuard = (transaction: Client, planned: Undone) => Promise<void>

/** The guard of an undo or a restore. */
export function guardOf({ onlyIf }: UndoOptions, { keep }: UndoLimits): WriteGuard {
  return async (transaction, planned) => {
    if (onlyIf !== undefined && !onlyIf(planned)) {
      throw new BackstoryError(
        'plan_changed',
        'Nothing was written: what would be written is no longer what was agreed to. Look at it again.',
      )
    }
    if (keep !== undefined) await keepAnswer(transaction, keep(planned))
  }
}

/**
 * Plans and writes in one transaction, anew in another order when a unique value is in the way: something else may have
 * to free it first, or somebody has just taken it.
 */
export async function writePlan(
  client: Client,
  mode: ConflictMode,
  guard: WriteGuard,
  plan: (transaction: Client) => Promise<PlannedSteps>,
): Promise<Undone> {
  let violation: unknown
  for (const first of ['inserts', 'updates', 'deletes'] as const) {
    try {
      return await writeOnce(client, mode, guard, plan, first)
    } catch (error) {
      // of several refusals the first is of the order that foreign keys accept
      if (violation === undefined && violationOf(error) !== 'unique') throw refused(error)
      if (violationOf(error) === undefined && !isRefusal(error)) throw error
      violation ??= error
    }
  }
  throw refused(violation)
}

/** What a plan comes to; nothing where conflicts forbid it. */
export function describePlan(planned: PlannedSteps, mode: ConflictMode, first: OrderFirst): Undone {
  const { steps, conflicts, omitted } = planned
  const groups = mode === 'refuse' && conflicts.length > 0 ? [] : orderSteps(steps, first)
  const byElement = Map.groupBy(conflicts, ({ elementType, elementId }) => `${elementType} ${elementId}`)
  const changes = groups
    .flatMap(({ steps: ofGroup }) => ofGroup)
    .map((step) => {
      const { elementId, action, undoes, seenUndoes = undoes } = step
      const { elementType } = step.table
      return {
        elementType,
        elementId,
        action,
        changes: changesOf(step),
        undoes: seenUndoes,
        conflicts: byElement.get(`${elementType} ${elementId}`) ?? [],
      }
    })
  return { changes, conflicts, omitted }
}

async function writeOnce(
  client: Client,
  mode: ConflictMode,
  guard: WriteGuard,
  plan: (transaction: Client) => Promise<PlannedSteps>,
  first: OrderFirst,
): Promise<Undone> {
  return client.transaction(async (transaction) => {
    const planned = await plan(transaction)
    if (mode === 'refuse' && planned.conflicts.length > 0) throw conflictError(planned.conflicts)
    const described = describePlan(planned, mode, first)
    await guard(transaction, described)
    if (planned.steps.length > 0) await deferConstraints(transaction)
    for (const group of orderSteps(planned.steps, first)) {
      for (const part of splitGroup(group)) {
        const undoes = part.steps.flatMap((step) => step.undoes)
        await actingAs({ undoes }, async () => {
          await setContext(transaction, JSON.stringify(currentContext() ?? {}))
          await writeSteps(transaction, part)
        })
      }
    }
    return described
  })
}

// every entry of a statement names all that the statement undoes: with one statement for thousands it would be a square
function splitGroup(group: StepGroup): readonly StepGroup[] {
  if (group.isWhole) return [group]
  const parts: [UndoStep, ...UndoStep[]][] = []
  let count = 0
  for (const step of group.steps) {
    const last = parts.at(-1)
    if (last === undefined || count + step.undoes.length > 100) {
      parts.push([step])
      count = 0
    } else {
      last.push(step)
    }
    count += step.undoes.length
  }
  return parts.map((steps) => ({ steps, isWhole: false }))
}

async function findTargets(
  client: Client,
  what: UndoWhat,
  sight: Sight | undefined,
): Promise<readonly UndoTarget[]> {
  const selection = parseWhat(what)
  const targets = await readTargets(client, selection, sight)
  if ('ids' in selection) {
    const found = new Set(targets.map(({ entry }) => entry.id))
    const missing = selection.ids.find((id) => !found.has(id))
    if (missing !== undefined) {
      throw new BackstoryError(
        'entry_not_found',
        `There is no entry ${missing} of an insert, update or delete: nothing to undo.`,
        { details: { entryId: missing } },
      )
    }
  }
  if ('transactionId' in selection && targets.length === 0) {
    throw new BackstoryError(
      'entry_not_found',
      `The log has no change of transaction ${selection.transactionId}: nothing to undo.`,
      { details: { transactionId: selection.transactionId } },
    )
  }
  return targets
}

function parseWhat(what: UndoWhat): UndoSelection {
  refuseNoObject('What to undo is', what)
  const way = ['entry', 'entries', 'transactionId'].find((name) => name in what)
  // two ways at once are not the narrower of them
  if (way !== undefined) refuseUnknownOptions('undo', what, [way])
  if ('entry' in what) return { ids: [parseId(what.entry)] }
  if ('entries' in what) return { ids: [...new Set(what.entries.map(parseId))] }
  if ('transactionId' in what) {
    if (/^\d{1,20}$/.test(what.transactionId)) return { transactionId: what.transactionId }
    throw new BackstoryError(
      'invalid_argument',
      `transactionId is a decimal number as text; it is ${what.transactionId}.`,
    )
  }
  const { userId, since, until } = what
  if (typeof userId === 'string' && since !== undefined) {
    refuseUnknownOptions('undo', what, ['userId', 'since', 'until'])
    return {
      userId,
      since: formatTime(since, 'since'),
      ...(until === undefined ? {} : { until: formatTime(until, 'until') }),
    }
  }
  throw new BackstoryError(
    'invalid_argument',
    'undo() takes { entry }, { entries }, { transactionId }, or { userId, since }.',
  )
}

function parseId(entry: Entry | string): string {
  const id: unknown = typeof entry === 'object' && entry !== null ? entry.id : entry
  if (typeof id === 'string' && /^\d{1,19}$/.test(id)) return id
  throw new BackstoryError(
    'invalid_argument',
    `An entry is known by a decimal number as text; it is ${String(id)}.`,
  )
}

/**
 * Checks what to do about conflicts, and the names of the options of a verb: those of an undo, and `others`.
 *
 * @throws BackstoryError `invalid_argument`
 */
export function parseMode(verb: string, options: UndoOptions, others: readonly string[] = []): ConflictMode {
  refuseUnknownOptions(verb, options, ['conflicts', 'columns', 'onlyIf', ...others])
  const { conflicts = 'refuse' } = options
  if (conflicts === 'refuse' || conflicts === 'force' || conflicts === 'skip') return conflicts
  throw new BackstoryError(
    'invalid_argument',
    `conflicts must be refuse, force or skip; it is ${String(conflicts)}.`,
  )
}

function isRefusal(error: unknown): boolean {
  return error instanceof BackstoryError && error.code === 'undo_refused'
}

function refused(error: unknown): unknown {
  if (violationOf(error) === undefined || !(error instanceof Error)) return error
  return new BackstoryError(
    'undo_refused',
    `Nothing was undone, because the database refuses what would come of it: ${error.message}. Undo more at once (what was built on it, what it was built on), or put that in order first.`,
    { cause: error },
  )
}
