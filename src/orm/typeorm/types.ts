/*
 * TypeORM 1, as far as it is needed here: by structure, so that importing this package imports no ORM.
 */
import type { PgPool } from '../../context/pg/audited.ts'

/** A column of an entity. */
export interface TypeormColumn {
  readonly databaseName: string
  readonly propertyName: string
  /** With the names of what it is embedded in, and the column that a relation points to. */
  readonly propertyPath: string
  /** Of a date: whether it is sent in UTC. */
  readonly utc?: boolean
  getEntityValue(entity: object, transform: boolean): unknown
}

/** A foreign key of a table. */
export interface TypeormForeignKey {
  readonly referencedEntityMetadata: TypeormMetadata
  readonly columns: readonly TypeormColumn[]
  readonly referencedColumns: readonly TypeormColumn[]
  readonly onDelete?: string
}

/** What TypeORM knows of an entity, or of a table between two. */
export interface TypeormMetadata {
  readonly name: string
  readonly target: unknown
  readonly schema?: string
  readonly tableName: string
  readonly isJunction: boolean
  readonly columns: readonly TypeormColumn[]
  readonly primaryColumns: readonly TypeormColumn[]
  readonly foreignKeys: readonly TypeormForeignKey[]
  readonly parentEntityMetadata?: TypeormMetadata
  readonly childEntityMetadatas?: readonly TypeormMetadata[]
  readonly allEmbeddeds: readonly { readonly type: unknown; readonly propertyPath: string }[]
  readonly dataSource?: {
    readonly options: { readonly entities?: unknown }
    /** With the module `pg`. */
    readonly driver?: {
      readonly postgres?: { readonly defaults?: { readonly parseInputDatesAsUTC?: boolean } }
    }
  }
}

/** A connection, in a transaction or not. */
export interface TypeormQueryRunner {
  readonly isTransactionActive: boolean
  readonly transactionDepth?: number
  query(text: string, values: readonly (string | null)[]): Promise<Readonly<Record<string, string | null>>[]>
}

/** What the events of writes and transactions come with. */
export interface TypeormEvent {
  readonly queryRunner: TypeormQueryRunner
  readonly metadata: TypeormMetadata
  readonly entity?: object
  readonly databaseEntity?: object
  readonly entityId?: unknown
}

/** A `DataSource` for PostgreSQL. */
export interface TypeormDataSource {
  readonly isInitialized: boolean
  readonly entityMetadatas: readonly TypeormMetadata[]
  readonly subscribers: unknown[]
  readonly driver: { readonly master: PgPool; readonly slaves?: readonly PgPool[] }
}
