import { randomUUID } from 'node:crypto'

import { currentContext } from '../context/context.ts'
import { BackstoryError } from '../core/errors.ts'
import { formatElementId, type ElementId, type Entry } from '../core/entry.ts'
import { diffDocuments, type DocumentChange } from '../core/document-diff/diff-documents.ts'
import type { JsonObject } from '../core/json.ts'
import { readAnswer, type Answer } from '../db/answers.ts'
import type { BlamedLeaf } from '../db/blame.ts'
import type { Client } from '../db/client.ts'
import { readElementSight, readTypeOfToday, type ElementSight } from '../db/element-sight.ts'
import { readEntries } from '../db/entries.ts'
import { recordExport } from '../db/exports.ts'
import { readLabels } from '../db/labels.ts'
import type { Sight } from '../db/sight.ts'
import type { StatsKey, StatsRow } from '../db/stats.ts'
import { readTracked, type TrackedTable } from '../db/track.ts'
import { forgetVersion, insertVersion, readVersions, type NamedVersion } from '../db/versions.ts'
import { createElement } from './element.ts'
import { queryEntries, type EntryQuery } from './entries.ts'
import type { EntryFilter } from './entry-filter.ts'
import type { News } from './news.ts'
import {
  createNarrowedScope,
  createNarrowedType,
  type NarrowedScope,
  type NarrowedType,
} from './narrowed-states.ts'
import { readSeenType, refuseByActor } from './out-of-sight.ts'
import { previewRestore, restore, wasNeverDeleted, wasNotThere, type RestoreOptions } from './restore.ts'
import { countByKeys, type StatsOptions } from './stats.ts'
import type { Time } from './times.ts'
import { previewUndo, undo, type Undone, type UndoLimits, type UndoOptions, type UndoWhat } from './undo.ts'
import { watchEntries, type Watch, type WatchOptions } from './watch.ts'

export type { Sight }

/** What an undo or a restore keeps under a key of the caller's, so that a repetition can be answered and not done. */
export type Keeping = Pick<UndoLimits, 'keep'>

/** Two states of an element and what differs between them. */
export interface ComparedStates {
  readonly before: JsonObject | null
  readonly after: JsonObject | null
  readonly changes: readonly DocumentChange[]
}

/** One element as somebody sees it. */
export interface NarrowedElement {
  /** Its state at a time, right after an entry, or now; null where it did not exist or was out of sight. */
  readonly at: (moment?: Time | Entry) => Promise<JsonObject | null>
  /** Two of its states, and what differs between what is seen of them. */
  readonly compare: (from: Time | Entry, to?: Time | Entry) => Promise<ComparedStates>
  /** Who last set each value that is seen; nobody where that entry is not. */
  readonly blame: (moment?: Time | Entry) => Promise<readonly BlamedLeaf[]>
  /** The entry of it that is seen before another one. */
  readonly previous: (entry: Entry) => Promise<Entry | null>
  /** The entry of it that is seen after another one. */
  readonly next: (entry: Entry) => Promise<Entry | null>
  readonly restore: (options?: RestoreOptions & Keeping) => Promise<Undone>
  readonly previewRestore: (options?: RestoreOptions) => Promise<Undone>
  /** The named versions of it, newest entry first. */
  readonly versions: () => Promise<readonly NamedVersion[]>
  /**
   * Names what it was right after an entry. By the actor in force.
   *
   * @throws BackstoryError `version_exists`: a version of it that is seen is called so
   */
  readonly nameVersion: (entry: Entry, name: string) => Promise<NamedVersion>
}

/** The audit log as somebody sees it who may not see everything: what is not seen is as if it were not there. */
export interface NarrowedBackstory {
  readonly tracked: () => Promise<readonly TrackedTable[]>
  readonly entries: (filter?: EntryFilter) => EntryQuery
  readonly stats: <const Key extends StatsKey>(
    options: StatsOptions<Key>,
  ) => Promise<readonly StatsRow<Key>[]>
  readonly watch: (options?: WatchOptions) => Watch
  readonly element: (elementType: string, id: ElementId) => NarrowedElement
  /** The elements of a table, as they were together at a moment. */
  readonly type: (elementType: string) => NarrowedType
  /** A world, a tenant, with everything in it that is seen. */
  readonly scope: (scope: string | number | bigint) => NarrowedScope
  readonly undo: (what: UndoWhat, options?: UndoOptions & Keeping) => Promise<Undone>
  readonly previewUndo: (what: UndoWhat, options?: UndoOptions) => Promise<Undone>
  /** By which names people knew the elements of entries right after them, by the id of the entry. */
  readonly labels: (
    entries: readonly Pick<Entry, 'id' | 'elementType' | 'elementId'>[],
  ) => Promise<ReadonlyMap<string, string>>
  /**
   * Takes the name of a version away, by the actor in force; false where there is none. Who did that, and when, stays in
   * `backstory.versions`.
   *
   * @param options.namedBy only if this actor named it; null: nobody did, and nobody may
   * @throws BackstoryError `not_permitted`: somebody else named it
   */
  readonly forgetVersion: (
    id: string,
    options?: { readonly namedBy?: string | null | undefined },
  ) => Promise<boolean>
  /** Records, by the actor in force, that entries are taken out of the log. Committed when it resolves. */
  readonly recordExport: (description: JsonObject) => Promise<void>
  /** What was kept under a key within the last day. */
  readonly answerTo: (key: string) => Promise<Answer | null>
}

/** The log through a sight; undefined: all of it. See docs/reference/narrowed.md. */
export function createNarrowed(
  client: () => Client,
  sight: Sight | undefined,
  news: News,
): NarrowedBackstory {
  return {
    tracked: async () => {
      const tables = await readTracked(client())
      if (sight === undefined) return tables
      const seen = await readElementSight(client(), sight)
      return tables
        .filter(({ elementType }) => seen.seesType(elementType))
        .map((table) => narrowTable(table, seen))
    },
    entries: (filter = {}) => queryEntries(client(), filter, sight),
    stats: (options) => countByKeys(client(), options, sight),
    watch: (options = {}) => watchEntries(client, options, { sight, news }),
    element: (elementType, id) => createNarrowedElement(client(), elementType, formatElementId(id), sight),
    type: (elementType) => createNarrowedType(client(), elementType, sight),
    scope: (scope) => createNarrowedScope(client(), scope, sight),
    undo: async (what, { keep, ...options } = {}) => {
      refuseByActor(sight)
      return undo(client(), what, options, limitsOf(sight, keep))
    },
    previewUndo: async (what, options = {}) => {
      refuseByActor(sight)
      return previewUndo(client(), what, options, limitsOf(sight))
    },
    labels: (entries) => readLabels(client(), entries, sight),
    forgetVersion: (id, { namedBy } = {}) =>
      forgetVersion(client(), id, { userId: currentContext()?.userId ?? null, namedBy }, sight),
    recordExport: (description) => recordExport(client(), description, currentContext()),
    answerTo: (key) => readAnswer(client(), key),
  }
}

function createNarrowedElement(
  client: Client,
  elementType: string,
  elementId: string,
  sight: Sight | undefined,
): NarrowedElement {
  const { at, blame } = createWhole(client, elementType, elementId, sight)
  const element = { elementType, elementId }
  const neighbour = async (entry: Entry, order: 'newest' | 'oldest'): Promise<Entry | null> => {
    const own = { elementTypes: [elementType], elementId, beyond: entry.id }
    const conditions = sight === undefined ? own : { ...own, sight }
    const [found] = await readEntries(client, conditions, { order, limit: 1 })
    return found ?? null
  }
  // with the errors of an element that does not exist
  const refuseUnseen = async ({ to }: RestoreOptions): Promise<void> =>
    asSeen(client, elementType, elementId, sight, async (subject) => {
      if (subject === elementId) return
      if (to === undefined) throw wasNeverDeleted(element)
      if (typeof to === 'string' || to instanceof Date) await at(to)
      throw wasNotThere(element)
    })
  return {
    at,
    compare: async (from, to) => {
      const [before, after] = await Promise.all([at(from), at(to)])
      return { before, after, changes: diffDocuments(before, after) }
    },
    blame,
    previous: (entry) => neighbour(entry, 'newest'),
    next: (entry) => neighbour(entry, 'oldest'),
    restore: async ({ keep, ...options } = {}) => {
      await refuseUnseen(options)
      return restore(client, element, options, limitsOf(sight, keep))
    },
    previewRestore: async (options = {}) => {
      await refuseUnseen(options)
      return previewRestore(client, element, options, limitsOf(sight))
    },
    versions: () => readVersions(client, elementType, elementId, sight),
    nameVersion: (entry, name) =>
      insertVersion(
        client,
        {
          elementType: entry.elementType,
          elementId: entry.elementId,
          entryId: entry.id,
          name,
          userId: currentContext()?.userId ?? null,
        },
        sight,
      ),
  }
}

function createWhole(
  client: Client,
  elementType: string,
  elementId: string,
  sight: Sight | undefined,
): Pick<NarrowedElement, 'at' | 'blame'> {
  const read = <Value>(work: (subject: string) => Promise<Value>) =>
    asSeen(client, elementType, elementId, sight, work)
  const see = async (state: JsonObject | null): Promise<JsonObject | null> => {
    if (sight === undefined || state === null) return state
    const [seen, today] = await Promise.all([
      readElementSight(client, sight),
      readTypeOfToday(client, elementType),
    ])
    return seen.see(today ?? elementType, state)
  }
  const at = (moment?: Time | Entry) =>
    read(async (subject) => see(await createElement(client, elementType, subject).at(moment)))
  return {
    at,
    blame: async (moment) => {
      const state = await at(moment)
      if (state === null) return []
      const leaves = await read((subject) =>
        createElement(client, elementType, subject).blame(moment === undefined ? {} : { at: moment }),
      )
      if (sight === undefined) return leaves
      const own = leaves.filter(({ path }) => Object.hasOwn(state, columnOf(path)))
      const ids = [...new Set(own.flatMap(({ entry }) => (entry === null ? [] : [entry.id])))]
      const visible = new Set(await readVisible(client, ids, sight))
      return own.map(({ path, value, entry }) => ({
        path,
        value,
        entry: entry !== null && visible.has(entry.id) ? entry : null,
      }))
    },
  }
}

async function readVisible(client: Client, ids: readonly string[], sight: Sight): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const found = await readEntries(client, { ids, sight }, { order: 'newest', limit: ids.length })
  return found.map(({ id }) => id)
}

/**
 * Does work on an element, or, where it is out of sight, on one that does not exist: the answer and the errors are the
 * same as if it did not.
 */
async function asSeen<Value>(
  client: Client,
  elementType: string,
  elementId: string,
  sight: Sight | undefined,
  work: (subject: string) => Promise<Value>,
): Promise<Value> {
  if (sight === undefined) return work(elementId)
  refuseByActor(sight)
  const { seen, today } = await readSeenType(client, elementType, sight)
  const isSeen =
    seen.seesElement(today, elementId) &&
    (sight.scopes === undefined || (await isInSight(client, elementType, elementId, today, sight, seen)))
  if (isSeen) return work(elementId)
  const nobody = randomUUID()
  try {
    return await work(nobody)
  } catch (error) {
    if (!(error instanceof BackstoryError)) throw error
    throw new BackstoryError(error.code, error.message.replaceAll(nobody, elementId))
  }
}

async function isInSight(
  client: Client,
  elementType: string,
  elementId: string,
  today: string,
  sight: Sight,
  seen: ElementSight,
): Promise<boolean> {
  const conditions = { elementTypes: [elementType], elementId, sight }
  const [entry] = await readEntries(client, conditions, { order: 'newest', limit: 1 })
  if (entry !== undefined) return true
  const state = await createElement(client, elementType, elementId)
    .at(new Date())
    .catch(() => null)
  return seen.see(today, state) !== null
}

function narrowTable(table: TrackedTable, seen: ElementSight): TrackedTable {
  const hidden = seen.withheld(table.elementType)
  const { label, scope, redact, ignore, ...options } = table.options
  return {
    ...table,
    options: {
      ...options,
      ...(label === undefined || hidden.has(label) ? {} : { label }),
      ...(scope === undefined || hidden.has(scope) ? {} : { scope }),
      ...(redact === undefined ? {} : { redact: redact.filter((column) => !hidden.has(column)) }),
      ...(ignore === undefined ? {} : { ignore: ignore.filter((column) => !hidden.has(column)) }),
    },
  }
}

function limitsOf(sight: Sight | undefined, keep?: UndoLimits['keep']): UndoLimits {
  return { ...(sight === undefined ? {} : { sight }), ...(keep === undefined ? {} : { keep }) }
}

function columnOf(path: string): string {
  return (path.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')
}
