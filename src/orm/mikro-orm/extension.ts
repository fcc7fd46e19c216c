import { BackstoryError } from '../../core/errors.ts'
import { audited } from '../../context/pg/audited.ts'
import type { AuditedOptions } from '../marks/audited.ts'
import { describeMikroEntity, mikroAuditedOf } from '../marks/mikro-orm.ts'
import { settleOptions } from '../marks/model.ts'
import { generateTracking, leaveAlone, readTracking } from './schema-generator.ts'
import { createFlushSubscriber, refusal, type FlushSubscriber } from './subscriber.ts'
import { isRecordedEntity, isTrackedMikroTable } from './tracked-tables.ts'
import type { BulkMethod, MikroDriver, MikroMetadata, MikroOrm, MikroPlatform } from './types.ts'

/** An entity of MikroORM: a class, what `defineEntity` gives, an `EntitySchema`. */
export type MikroEntityReference =
  | (abstract new (...args: never[]) => object)
  | { readonly meta: { readonly className: string } }

/** What to record of what MikroORM writes, and how. */
export interface AuditExtensionOptions {
  /**
   * Entities whose tables are tracked beside those that are marked as audited, each alone or with its options, which win over
   * a mark. Tables between entities are tracked with them.
   */
  readonly track?: readonly (MikroEntityReference | readonly [MikroEntityReference, AuditedOptions])[]
  /**
   * `trigger` (the default): triggers of the tables record every write. `listener`: no trigger; MikroORM's own events are
   * recorded. The schema generator and the migrations of MikroORM track the tables, one way or the other.
   */
  readonly capture?: 'trigger' | 'listener'
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string
}

/**
 * The extension that makes MikroORM 7 write its own audit log: `extensions: [auditExtension()]` records the entities that are
 * marked by `@Audited()`, or by the option `audited` of their schema, and those in `track`. With either way of capture the actor of `actingAs` goes with every write of its pool.
 *
 * With listeners, what MikroORM does not announce is refused where it can be recognised (`em.insert`, `insertMany`,
 * `nativeUpdate`, `nativeDelete`, an `upsert` outside of a transaction, a flush without one). docs/orms/mikro-orm.md has the
 * rest: query builders, SQL, cascades in the database.
 *
 * @throws BackstoryError `invalid_argument`; from a write: `not_recordable`, `context_required`, `not_tracked`
 */
export function auditExtension(options: AuditExtensionOptions = {}): { register(orm: object): void } {
  const { track = [], capture = 'trigger', schema, ...unknown } = options
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) throw invalid(`auditExtension has no option "${stranger}".`)
  if (capture !== 'trigger' && capture !== 'listener') {
    throw invalid(`capture is trigger or listener; it is ${JSON.stringify(capture)}.`)
  }
  const tracking = new Map(
    track.map((item) => (isPair(item) ? [nameOf(item[0]), item[1]] : [nameOf(item), {}])),
  )
  const isNamed = (meta: MikroMetadata): boolean =>
    tracking.has(meta.className) || mikroAuditedOf(meta) !== undefined
  const home = schema ?? 'backstory'

  return {
    register: (target) => {
      const orm = parseOrm(target)
      carryContext(orm, schema)
      leaveAlone(orm, home)
      onceDiscovered(orm, (metas, platform) => {
        const tracked = [...metas].filter((meta) => isTrackedMikroTable(meta, isNamed))
        if (capture === 'listener' && tracked.length === 0) {
          throw invalid('No entity is marked as audited, and track names none: nothing would be recorded.')
        }
        for (const meta of tracked) {
          const model = describeMikroEntity(meta)
          if (model === undefined) continue
          const settled = settleOptions(model, tracking.get(meta.className) ?? {})
          generateTracking(meta, model.table, { ...settled, capture }, home)
        }
        readTracking(platform.getSchemaHelper(), home)
      })
      if (capture === 'listener')
        recordFlushes(
          orm,
          remember((meta) => isRecordedEntity(meta, isNamed)),
          schema,
        )
    },
  }
}

// asked of every row of every flush
function remember(isRecorded: (meta: MikroMetadata) => boolean): (meta: MikroMetadata) => boolean {
  const known = new WeakMap<MikroMetadata, boolean>()
  return (meta) => {
    const answer = known.get(meta) ?? isRecorded(meta)
    known.set(meta, answer)
    return answer
  }
}

function carryContext({ config }: MikroOrm, schema: string | undefined): void {
  const options = config.get('driverOptions')
  const { onPoolCreated } = options
  // the connection has the object already
  options.onPoolCreated = (pool) => {
    audited(pool, schema === undefined ? {} : { schema })
    return onPoolCreated?.(pool)
  }
}

function onceDiscovered(
  { config }: MikroOrm,
  work: (metas: Iterable<MikroMetadata>, platform: MikroPlatform) => void,
): void {
  const discovery = config.get('discovery')
  const { afterDiscovered } = discovery
  discovery.afterDiscovered = (storage, platform) => {
    work(storage.getAll().values(), platform)
    return afterDiscovered?.(storage, platform)
  }
}

function recordFlushes(
  orm: MikroOrm,
  isRecorded: (meta: MikroMetadata) => boolean,
  schema: string | undefined,
): void {
  if (!orm.config.get('implicitTransactions')) {
    throw invalid('Listener capture needs the transactions of flushes: leave implicitTransactions on.')
  }
  const subscriber = createFlushSubscriber({ schema, isRecorded })
  orm.config.set('subscribers', [...orm.config.get('subscribers'), subscriber])
  if (isDriver(orm.driver)) refuseBulkWrites(orm.driver, isRecorded, subscriber)
}

// the call that a method of the driver answers, and where its options are
const callsOf = {
  nativeInsert: { name: 'em.insert', place: 2 },
  nativeInsertMany: { name: 'em.insertMany', place: 2 },
  nativeUpdate: { name: 'em.nativeUpdate', place: 3 },
  nativeUpdateMany: { name: 'em.upsertMany', place: 3 },
  nativeDelete: { name: 'em.nativeDelete', place: 2 },
} as const satisfies Record<BulkMethod, { readonly name: string; readonly place: number }>

// a flush calls the same methods, in a transaction that is being recorded
function refuseBulkWrites(
  driver: MikroDriver,
  isRecorded: (meta: MikroMetadata) => boolean,
  { isRecording }: FlushSubscriber,
): void {
  for (const method of bulkMethods) {
    const write = driver[method]
    driver[method] = (...args) => {
      const meta = metadataOf(driver, args[0])
      const { name, place } = callsOf[method]
      const options: unknown = args[place]
      const transaction: unknown =
        typeof options === 'object' && options !== null ? Reflect.get(options, 'ctx') : undefined
      if (meta !== undefined && isRecorded(meta) && !isRecording(transaction)) {
        return Promise.reject(refusal(`a write to ${meta.className} by ${name}`))
      }
      return Reflect.apply(write, driver, args)
    }
  }
}

const bulkMethods = [
  'nativeInsert',
  'nativeInsertMany',
  'nativeUpdate',
  'nativeUpdateMany',
  'nativeDelete',
] as const satisfies readonly BulkMethod[]

function metadataOf(driver: MikroDriver, entity: unknown): MikroMetadata | undefined {
  const storage: unknown = Reflect.get(driver, 'metadata')
  if (typeof storage !== 'object' || storage === null || !hasFind(storage)) return undefined
  return storage.find(entity)
}

function hasFind(storage: object): storage is { find(entity: unknown): MikroMetadata | undefined } {
  return 'find' in storage && typeof storage.find === 'function'
}

function isDriver(driver: unknown): driver is MikroDriver {
  return (
    typeof driver === 'object' &&
    driver !== null &&
    bulkMethods.every((method) => typeof Reflect.get(driver, method) === 'function')
  )
}

function parseOrm(target: object): MikroOrm {
  if (isOrm(target)) return target
  throw invalid('auditExtension is for MikroORM 7: extensions: [auditExtension({ … })].')
}

function isOrm(target: object): target is MikroOrm {
  if (!('config' in target) || !('driver' in target)) return false
  const { config } = target
  return typeof config === 'object' && config !== null && 'get' in config && 'set' in config
}

function isPair(
  item: MikroEntityReference | readonly [MikroEntityReference, AuditedOptions],
): item is readonly [MikroEntityReference, AuditedOptions] {
  return Array.isArray(item)
}

function nameOf(reference: MikroEntityReference): string {
  if (typeof reference === 'function') return reference.name
  if (typeof reference === 'object' && reference !== null && 'meta' in reference)
    return reference.meta.className
  throw invalid(
    `track is a list of entities of MikroORM, alone or as [entity, options]; it holds ${String(reference)}.`,
  )
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
