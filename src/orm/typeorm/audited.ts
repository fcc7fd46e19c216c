import { BackstoryError } from '../../core/errors.ts'
import { audited as auditedPool } from '../../context/pg/audited.ts'
import { isRecordedTypeormEntity, typeormAuditedOf } from '../marks/typeorm.ts'
import { createTypeormSubscriber } from './subscriber.ts'
import type { TypeormDataSource, TypeormMetadata } from './types.ts'

/** An entity of TypeORM: a class, an `EntitySchema`, or its name. */
export type TypeormEntityReference =
  | string
  | (abstract new (...args: never[]) => object)
  | { readonly options: { readonly name: string } }

/** What to record of what TypeORM writes, and how. */
export interface TypeormAuditOptions {
  /** `listener`: no triggers; TypeORM's own events are recorded. Default: `trigger`: the tables are tracked by trigger. */
  readonly capture?: 'trigger' | 'listener'
  /**
   * With `listener`: entities whose tables are tracked so, beside those that are marked as audited. Tables between them are
   * recorded with them.
   */
  readonly track?: readonly TypeormEntityReference[]
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string
}

/**
 * Makes a `DataSource` of TypeORM 1 carry the context of `actingAs` with every write, and with listeners record what it
 * writes to the tables of entities that are marked as audited, by one subscriber. Call it after `initialize()`; the same DataSource comes back.
 *
 * With listeners, what TypeORM announces without saying which rows is refused (`insert`, `update`, `delete`, `upsert`,
 * `increment`, query builders). docs/orms/typeorm.md has the rest.
 *
 * @throws BackstoryError `invalid_argument`; from a write: `not_recordable`, `context_required`, `not_tracked`
 * @example
 * const dataSource = audited(await new DataSource(options).initialize(), { capture: 'listener' })
 */
export function audited<DataSource extends object>(
  dataSource: DataSource,
  options: TypeormAuditOptions = {},
): DataSource {
  const { capture = 'trigger', track = [], schema, ...unknown } = options
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) throw invalid(`audited has no option "${stranger}".`)
  if (capture !== 'trigger' && capture !== 'listener') {
    throw invalid(`capture is trigger or listener; it is ${JSON.stringify(capture)}.`)
  }
  if (!isDataSource(dataSource)) {
    throw invalid('audited takes a DataSource of TypeORM for PostgreSQL, after its initialize().')
  }
  for (const pool of [dataSource.driver.master, ...(dataSource.driver.slaves ?? [])]) {
    auditedPool(pool, schema === undefined ? {} : { schema })
  }
  if (capture === 'listener') {
    const wanted = new Set(track.map((reference) => findMetadata(dataSource, reference)))
    const isNamed = (metadata: TypeormMetadata): boolean =>
      wanted.has(metadata) || typeormAuditedOf(metadata) !== undefined
    const recorded = new Set(
      dataSource.entityMetadatas.filter((metadata) => isRecordedTypeormEntity(metadata, isNamed)),
    )
    if (recorded.size === 0) {
      throw invalid('No entity is marked as audited, and track names none: nothing would be recorded.')
    }
    dataSource.subscribers.push(
      createTypeormSubscriber({
        schema,
        metadatas: () => dataSource.entityMetadatas,
        isRecorded: (metadata) => recorded.has(metadata),
      }),
    )
  }
  return dataSource
}

function findMetadata(
  { entityMetadatas }: TypeormDataSource,
  reference: TypeormEntityReference,
): TypeormMetadata {
  const name = typeof reference === 'object' ? reference.options.name : reference
  const found = entityMetadatas.find((metadata) => metadata.target === name || metadata.name === name)
  if (found !== undefined) return found
  throw invalid(
    `track names ${typeof name === 'function' ? name.name : name}, which is no entity of this DataSource.`,
  )
}

function isDataSource(target: object): target is TypeormDataSource {
  if (!('isInitialized' in target) || target.isInitialized !== true || !('driver' in target)) return false
  const { driver } = target
  return typeof driver === 'object' && driver !== null && 'master' in driver && 'subscribers' in target
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
