/** A dialect of Kysely, as far as its type is needed. */
export interface KyselyDialect {
  createDriver(): KyselyDriver
  createQueryCompiler(): object
}

/** Its driver. */
export interface KyselyDriver {
  acquireConnection(...args: never[]): Promise<object>
  beginTransaction(connection: never, settings: never): Promise<void>
  commitTransaction(connection: never): Promise<void>
  rollbackTransaction(connection: never): Promise<void>
}

/** A node of a statement. Every one is a plain object. */
export interface Node {
  readonly kind: string
}

/** A statement that is ready to run. */
export interface CompiledQuery {
  readonly query: Node
  readonly queryId: unknown
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** What a statement gave. */
export interface QueryResult {
  readonly numAffectedRows?: bigint | undefined
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}
