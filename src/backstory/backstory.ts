import { BackstoryError } from '../core/errors.ts'
import type { ElementId } from '../core/entry.ts'
import { refuseNoObject, refuseUnknownOptions } from '../core/option-names.ts'
import { connect, type Database } from '../db/connect.ts'
import { install, planInstallation, type InstallOptions } from '../db/install.ts'
import { readTracked, track, untrack, type TrackOptions, type TrackedTable } from '../db/track.ts'
import type { Sight } from '../db/sight.ts'
import type { StatsKey, StatsRow } from '../db/stats.ts'
import { uninstall, type UninstallOptions } from '../db/uninstall.ts'
import { inTransaction, type TransactionOf } from '../context/transaction.ts'
import { check, type Check } from './check.ts'
import { auditedTables, type AuditedSource, type AuditedTable } from '../orm/marks/audited-tables.ts'
import { trackingOf } from '../orm/marks/describe.ts'
import type { EntityMetadataSource, TableReference } from '../orm/tables/references.ts'
import { elementTypeOf } from '../orm/tables/resolve.ts'
import type { StateOf } from '../orm/tables/state.ts'
import { createElement, type Element } from './element.ts'
import { queryEntries, type EntryQuery } from './entries.ts'
import {
  withElementType,
  withElementTypes,
  type ReferringCheck,
  type ReferringFilter,
} from './referring-filter.ts'
import { createNews } from './news.ts'
import { createNarrowed, type NarrowedBackstory } from './narrowed.ts'
import { parseSight } from './parse-sight.ts'
import { countByKeys, type StatsOptions } from './stats.ts'
import { createReads, type ElementIds, type ReadOptions } from './reads.ts'
import { createElementType, createScope, type ElementType, type Scope } from './states.ts'
import { previewUndo, undo, type Undone, type UndoOptions, type UndoWhat } from './undo.ts'
import { watchEntries, type Watch, type WatchOptions } from './watch.ts'

/** Where an installation lives. */
export interface InstallationSchema {
  /**
   * The schema that holds the machinery and the log. Default: the machinery in `backstory`, the log in `public`.
   * A plain lower-case name. It has to be said to `createBackstory` and to `audited` alike.
   */
  readonly schema?: string
}

/** What `createBackstory` can be told. */
export interface BackstoryOptions extends InstallationSchema {
  /**
   * What knows the tables of entity classes, once it is initialised: TypeORM's `DataSource`, the `MikroORM`. Tables of
   * Drizzle and models of Sequelize and Prisma know theirs.
   */
  readonly orm?: EntityMetadataSource
}

/** The audit log of one database: what `createBackstory` gives. Holds no connection of its own. */
export interface Backstory<OfDatabase extends Database> {
  /**
   * Installs or brings up to date; idempotent, and safe from any number of processes at once.
   *
   * @throws BackstoryError `newer_database`, `install_failed`
   */
  readonly install: (options?: InstallOptions & InstallationSchema) => Promise<void>
  /** The SQL that `install` would run now, for those who run their own migrations; empty when up to date. */
  readonly plan: (options?: InstallOptions & InstallationSchema) => Promise<string>
  /** Removes triggers and machinery; keeps the log unless told `{ log: 'drop' }`. */
  readonly uninstall: (options?: UninstallOptions) => Promise<void>
  /**
   * Starts to record every write to a table: its name, or the entity, model or table of an ORM. See
   * docs/reference/tracking.md.
   */
  readonly track: (table: TableReference, options?: TrackOptions) => Promise<void>
  /**
   * Tracks every table whose model is marked as audited, and those between them, one after the other; gives them back.
   *
   * @param source what knows the models: the `MikroORM`, a `DataSource`, a `Sequelize`, a Prisma client, Drizzle's schema
   * @throws BackstoryError as `track`; `invalid_argument` where nothing is marked
   * @example
   * await backstory.trackAudited(orm, { capture: 'listener' })
   */
  readonly trackAudited: (
    source: AuditedSource,
    options?: Pick<TrackOptions, 'capture'>,
  ) => Promise<readonly AuditedTable[]>
  /** Stops to record the writes to a table; its entries stay. */
  readonly untrack: (table: TableReference) => Promise<void>
  /** The tables that are tracked now. */
  readonly tracked: () => Promise<readonly TrackedTable[]>
  /** Entries by any filter. Await it for a page, iterate it for all. */
  readonly entries: (filter?: ReferringFilter) => EntryQuery
  /** Counts entries by hour, day, week, month, actor, action, type, scope. See docs/reference/stats.md. */
  readonly stats: <const Key extends StatsKey>(
    options: StatsOptions<Key>,
  ) => Promise<readonly StatsRow<Key>[]>
  /** One element, its entries and states. */
  readonly element: <const Reference extends TableReference>(
    elementType: Reference,
    id: ElementId,
  ) => Element<StateOf<Reference>>
  /** The elements of a table, as they were together at a moment. See docs/reference/states.md. */
  readonly type: <const Reference extends TableReference>(
    elementType: Reference,
  ) => ElementType<StateOf<Reference>>
  /** A scope (a world, a tenant) with everything in it, as it was at a moment. See docs/reference/states.md. */
  readonly scope: (scope: string | number | bigint) => Scope
  /** The stream of committed entries, from now on or after a cursor. See docs/reference/watch.md. */
  readonly watch: (options?: WatchOptions) => Watch
  /**
   * Undoes entries by ordinary, recorded writes: all or nothing. See docs/reference/undo.md.
   *
   * @throws BackstoryError `undo_conflict` (see `conflictsOf`), `undo_refused`, `not_restorable`, `entry_not_found`,
   *   `not_tracked`
   * @example
   * await actingAs({ userId: 'ada', reason: 'vandalism' }, () => backstory.undo({ transactionId: entry.transactionId }))
   */
  readonly undo: (what: UndoWhat, options?: UndoOptions) => Promise<Undone>
  /**
   * Checks that histories are whole: that each entry begins with what the one before left, and that each row is what its
   * last entry left. Await it for a report, iterate it for all gaps. See docs/reference/check.md.
   *
   * @throws BackstoryError `not_tracked`, `invalid_argument`
   */
  readonly check: (options?: ReferringCheck) => Check
  /** What `undo` would write now. Writes and locks nothing. */
  readonly previewUndo: (what: UndoWhat, options?: UndoOptions) => Promise<Undone>
  /** Records that somebody looked at elements. See docs/reference/reads.md. */
  readonly read: (elementType: TableReference, ids: ElementIds, options?: ReadOptions) => Promise<void>
  /**
   * The log as somebody sees it who may not see all of it, merged into every statement: what is not seen is as if it
   * were not there, in counts and searches too. See docs/reference/narrowed.md.
   *
   * @example
   * backstory.narrowed({ scopes: ['world-1'], withhold: { world_elements: ['plans'] } })
   */
  readonly narrowed: (sight?: Sight) => NarrowedBackstory
  /**
   * Runs `work` in one transaction that carries the context from its start: for what cannot carry it alone, such as
   * `select f()` and `call`. The handle is the driver's own.
   */
  readonly transaction: <Result>(
    work: (transaction: TransactionOf<OfDatabase>) => Promise<Result>,
  ) => Promise<Result>
}

/**
 * The audit log of a database.
 *
 * @param database a `pg.Pool`, a postgres.js `sql` or a PGlite; `audited` or not
 * @throws BackstoryError `unsupported_database`, `invalid_argument`
 * @example
 * const backstory = createBackstory(new pg.Pool())
 * await backstory.install()
 * await backstory.track('world_elements', { scope: 'world_id', ignore: ['updated_at'] })
 */
export function createBackstory<OfDatabase extends Database>(
  database: OfDatabase,
  options: BackstoryOptions = {},
): Backstory<OfDatabase> {
  refuseUnknownOptions('createBackstory', options, ['schema', 'orm'])
  const { orm } = options
  const typeOf = (reference: TableReference): string => elementTypeOf(reference, orm)
  let schema = parseSchema(options.schema ?? 'backstory')
  let client = connect(database, schema)
  const news = createNews(() => client)
  const settle = (verb: string, installOptions: InstallOptions & InstallationSchema): InstallOptions => {
    refuseUnknownOptions(verb, installOptions, ['schema', 'context', 'indexes'])
    const { schema: named, ...policies } = installOptions
    if (named !== undefined && named !== schema) {
      schema = parseSchema(named)
      client = connect(database, schema)
    }
    return policies
  }
  const recordRead = createReads(() => client)
  return {
    install: async (installOptions = {}) => {
      const policies = settle('install', installOptions)
      await install(client, schema, policies)
    },
    plan: async (installOptions = {}) => {
      const policies = settle('plan', installOptions)
      return planInstallation(client, schema, policies)
    },
    uninstall: async (what = {}) => {
      await uninstall(client, schema, what)
    },
    track: async (table, trackOptions = {}) => {
      refuseNoObject('The options of track are', trackOptions)
      await track(client, typeOf(table), trackingOf(table, trackOptions, orm))
    },
    trackAudited: async (source, how = {}) => {
      refuseUnknownOptions('trackAudited', how, ['capture'])
      const tables = auditedTables(source)
      for (const { table, options: marked } of tables) await track(client, table, { ...marked, ...how })
      return tables
    },
    untrack: async (table) => untrack(client, typeOf(table)),
    tracked: () => readTracked(client),
    entries: (filter = {}) => {
      refuseNoObject('The filter of entries is', filter)
      return queryEntries(client, withElementTypes(filter, typeOf))
    },
    stats: async (statsOptions) => {
      refuseNoObject('The options of stats are', statsOptions)
      return countByKeys(client, statsOptions)
    },
    // the types are what the ORM says of the table
    element: <Reference extends TableReference>(reference: Reference, id: ElementId) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which no check could tell
      createElement(client, typeOf(reference), id) as Element<StateOf<Reference>>,
    type: <Reference extends TableReference>(reference: Reference) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which no check could tell
      createElementType(client, typeOf(reference)) as ElementType<StateOf<Reference>>,
    scope: (scope) => createScope(client, scope),
    watch: (watchOptions = {}) => {
      refuseNoObject('The options of watch are', watchOptions)
      return watchEntries(() => client, watchOptions)
    },
    undo: (what, undoOptions = {}) => undo(client, what, undoOptions),
    previewUndo: (what, undoOptions = {}) => previewUndo(client, what, undoOptions),
    check: (checkOptions = {}) => check(client, withElementType(checkOptions, typeOf)),
    read: async (elementType, ids, readOptions = {}) => recordRead(typeOf(elementType), ids, readOptions),
    narrowed: (sight) => createNarrowed(() => client, parseSight(sight), news),
    transaction: (work) => inTransaction(database, work, { schema }),
  }
}

function parseSchema(schema: string): string {
  if (
    typeof schema === 'string' &&
    /^[a-z_][a-z0-9_]{0,39}$/.test(schema) &&
    !schema.startsWith('pg_') &&
    schema !== 'public'
  )
    return schema
  throw new BackstoryError(
    'invalid_argument',
    `schema must be a plain lower-case name of at most 40 characters, neither public nor pg_…; it is "${schema}".`,
  )
}
