/* oxlint-disable no-underscore-dangle -- the names are those of MikroORM */
/*
 * MikroORM 7, as far as it is needed here: by structure, so that importing this package imports no ORM.
 */

import type { PgPool } from '../../context/pg/audited.ts'

/** A property of an entity. */
export interface MikroProperty {
  readonly kind: string
  readonly owner: boolean
  readonly fieldName?: string
  readonly fieldNames?: readonly string[]
  readonly joinColumns: readonly string[]
  readonly inverseJoinColumns: readonly string[]
  readonly pivotTable?: string
  readonly pivotEntity?: unknown
  readonly mappedBy?: string
  readonly targetMeta?: MikroMetadata
  readonly persist?: boolean
  /** Of what is embedded: its parts. Of a part: whose it is. */
  readonly embeddedProps?: Readonly<Record<string, MikroProperty>>
  readonly embedded?: readonly string[]
}

/** What MikroORM knows of an entity. */
export interface MikroMetadata {
  readonly className: string
  readonly class: unknown
  /** What the schema says under this name, which is ours. */
  readonly audited?: unknown
  readonly tableName: string
  readonly schema?: string
  readonly root: MikroMetadata
  readonly primaryKeys: readonly string[]
  readonly properties: Readonly<Record<string, MikroProperty>>
  readonly relations: readonly MikroProperty[]
  /** The properties of other entities that point here. */
  readonly referencingProperties: readonly { readonly meta: MikroMetadata; readonly prop: MikroProperty }[]
  readonly uniqueProps: readonly { readonly name: string; readonly fieldNames?: readonly string[] }[]
  readonly inheritanceType?: string
  readonly abstract?: boolean
  readonly embeddable?: boolean
  readonly tptParent?: MikroMetadata
  readonly discriminatorMap?: Readonly<Record<string, unknown>>
  /** Whether it is of a table between entities. */
  readonly pivotTable?: boolean
  triggers: MikroTrigger[]
}

/** What MikroORM knows of all entities. */
export interface MikroStorage {
  getAll(): ReadonlyMap<unknown, MikroMetadata>
}

/** A trigger that the schema generator makes. */
export interface MikroTrigger {
  readonly name: string
  readonly timing: 'after'
  readonly events: ('insert' | 'update' | 'delete')[]
  readonly forEach: 'row'
  /** Stands for the whole statement that makes it. */
  readonly expression: string
}

/** A table as the schema generator sees it. */
export interface MikroTable {
  readonly name: string
  readonly schema?: string
  getTriggers(): readonly { readonly name: string }[]
  setTriggers(triggers: readonly { readonly name: string }[]): void
  hasTrigger(name: string): boolean
}

/** A connection, without a transaction or in one. */
export interface MikroConnection {
  execute(
    query: string,
    params: readonly [],
    method: 'all',
    transaction: unknown,
  ): Promise<Readonly<Record<string, string | null>>[]>
}

/** What reads the schema of the database, and writes its statements. */
export interface MikroSchemaHelper {
  loadInformationSchema(
    database: { getTables(): readonly MikroTable[] },
    connection: MikroConnection,
    tables: unknown,
    schemas: unknown,
    transaction: unknown,
  ): Promise<void>
  dropTrigger(table: MikroTable, trigger: { readonly name: string }): string
}

/** PostgreSQL, as MikroORM sees it. */
export interface MikroPlatform {
  getSchemaHelper(): MikroSchemaHelper
}

/** An entity that MikroORM manages. */
export interface MikroEntity {
  readonly __meta: MikroMetadata
  readonly __helper: {
    readonly __schema?: string
    getPrimaryKeys(convertCustomTypes: boolean): readonly unknown[] | null
    hasPrimaryKey(): boolean
  }
}

/** A write of a flush to one entity. */
export interface MikroChangeSet {
  readonly type: 'create' | 'update' | 'delete' | 'update_early' | 'delete_early'
  readonly meta: MikroMetadata
  readonly schema?: string
  readonly entity: MikroEntity
  readonly tptChangeSets?: readonly MikroChangeSet[]
  getPrimaryKey(): unknown
}

/** A collection whose members have changed. */
export interface MikroCollection {
  readonly owner: MikroEntity
  readonly property: MikroProperty
  getItems(check: false): readonly MikroEntity[]
  getSnapshot(): readonly MikroEntity[] | undefined
  isInitialized(): boolean
}

/** A unit of work. */
export interface MikroUnitOfWork {
  getChangeSets(): readonly MikroChangeSet[]
  getCollectionUpdates(): readonly MikroCollection[]
  getExtraUpdates(): Iterable<readonly [entity: MikroEntity, ...rest: unknown[]]>
}

/** A transaction: of Kysely, on one connection. */
export interface MikroTransaction {
  executeQuery(query: {
    readonly query: object
    readonly queryId: object
    readonly sql: string
    readonly parameters: readonly (string | null)[]
  }): Promise<{ readonly rows: readonly Readonly<Record<string, string | null>>[] }>
  rollback?(): { execute(): Promise<unknown> }
}

/** An entity manager. */
export interface MikroEntityManager {
  isInTransaction(): boolean
  getTransactionContext(): MikroTransaction | undefined
}

/** What the events of a flush and of a transaction come with. */
export interface MikroFlushEvent {
  readonly em: MikroEntityManager
  readonly uow?: MikroUnitOfWork
  readonly transaction?: MikroTransaction
}

/** What the events of an upsert come with. */
export interface MikroUpsertEvent {
  readonly em: MikroEntityManager
  readonly meta: MikroMetadata
  readonly entity: object
}

/** A driver, with the calls that write without a unit of work. */
export type MikroDriver = Record<BulkMethod, (...args: unknown[]) => unknown>

/** The calls of a driver that write. */
export type BulkMethod =
  | 'nativeInsert'
  | 'nativeInsertMany'
  | 'nativeUpdate'
  | 'nativeUpdateMany'
  | 'nativeDelete'

/** The `MikroORM` that is being made, as extensions get it. */
export interface MikroOrm {
  readonly driver: unknown
  readonly config: {
    get(key: 'subscribers'): Iterable<unknown>
    get(key: 'discovery'): {
      afterDiscovered?: (storage: MikroStorage, platform: MikroPlatform) => unknown
    }
    get(key: 'driverOptions'): { onPoolCreated?: (pool: PgPool) => unknown }
    get(key: 'schemaGenerator'): { ignoreSchema?: string[]; skipTables?: (string | RegExp)[] }
    get(key: 'implicitTransactions'): boolean
    set(key: 'subscribers', value: object): unknown
  }
}
