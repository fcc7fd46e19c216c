/** A factory of Prisma's driver adapters, such as `PrismaPg`, as far as its type is needed. */
export interface PrismaAdapterFactory {
  readonly provider: string
  readonly adapterName: string
  connect(): Promise<object>
}

/** A statement as an adapter runs it. */
export interface SqlQuery {
  readonly sql: string
  readonly args: readonly unknown[]
  readonly argTypes: readonly unknown[]
}

/** What it gives. */
export interface SqlResultSet {
  readonly columnTypes: readonly unknown[]
  readonly columnNames: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** What runs statements: an adapter, or a transaction of it. */
export interface Queryable {
  queryRaw(query: SqlQuery): Promise<SqlResultSet>
  executeRaw(query: SqlQuery): Promise<number>
}

/** A transaction of an adapter. */
export interface AdapterTransaction extends Queryable {
  readonly options: { readonly usePhantomQuery: boolean }
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** An adapter that is connected. */
export interface Adapter extends Queryable {
  startTransaction(isolationLevel?: unknown): Promise<AdapterTransaction>
}
