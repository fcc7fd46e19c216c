import { BackstoryError } from '../../core/errors.ts'
import { parseListenedTables, type FindTable, type ListenedTables } from '../statements/listened-tables.ts'
import {
  cannotRecord,
  createStatementRecorder,
  type ListenedTable,
  type StatementConnection,
} from '../statements/statement-recorder.ts'
import type { RowKey } from '../recorder.ts'
import { keyNameOf, planStatement, type StatementPlan } from './plan.ts'
import type { CompiledQuery, KyselyDialect, KyselyDriver, Node, QueryResult } from './types.ts'

/** What to record of what Kysely writes. */
export interface AuditDialectOptions {
  /** The tables, each with the columns of its primary key: `{ accounts: ['id'], 'sales.lines': ['order_id', 'n'] }`. */
  readonly tables: ListenedTables
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string
}

/**
 * A dialect of Kysely that records what is written through it by listener: by the nodes of each statement, bulk writes
 * and expressions too. The tables have to be tracked with `{ capture: 'listener' }`.
 *
 * In a transaction it costs no round trip on an audited pool; on any other, an insert costs one more, anything else two. A
 * statement outside of a transaction gets one of its own.
 * What it cannot see: `sql` texts, cascades of the database, and whoever else writes. See docs/guide/orms.md.
 *
 * @throws BackstoryError `invalid_argument`; from a write: `not_recordable` for what it recognises and cannot record (a
 *   merge, a write inside of `with`, a changed primary key, a stream that writes), `not_tracked`, `tracked_otherwise`,
 *   `context_required`
 *
 * @example
 * const db = new Kysely<Database>({
 *   dialect: auditDialect(new PostgresDialect({ pool }), { tables: { accounts: ['id'] } }),
 * })
 */
export function auditDialect<Dialect extends KyselyDialect>(
  dialect: Dialect,
  options: AuditDialectOptions,
): Dialect {
  const { tables, schema = 'backstory', ...unknown } = options
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) throw invalid(`auditDialect has no option "${stranger}".`)
  const findTable = parseListenedTables(tables, 'auditDialect')
  return new Proxy(dialect, {
    get: (target, key) => {
      if (key === 'createDriver') return () => listen(target, findTable, schema)
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

interface Connection {
  executeQuery(query: CompiledQuery, ...rest: readonly unknown[]): Promise<QueryResult>
  streamQuery(query: CompiledQuery, ...rest: readonly unknown[]): unknown
}

/** The driver of the dialect, whose connections record what they execute. */
function listen(dialect: KyselyDialect, findTable: FindTable, schema: string): KyselyDriver {
  const driver: object = dialect.createDriver()
  const compiler = dialect.createQueryCompiler()
  if (!isDriver(driver) || !isCompiler(compiler)) throw invalid('auditDialect takes a dialect of Kysely.')
  const inTransaction = new WeakSet<object>()
  const own = {
    begin: driver.beginTransaction.bind(driver),
    commit: driver.commitTransaction.bind(driver),
    rollback: driver.rollbackTransaction.bind(driver),
    acquire: driver.acquireConnection.bind(driver),
  }
  const known = new WeakSet<object>()
  const recording = recordingOf({ compiler, findTable, schema, own, inTransaction })
  return Object.assign(driver, {
    acquireConnection: async (...args: readonly unknown[]) => {
      const connection = await own.acquire(...args)
      if (!known.has(connection) && isConnection(connection)) recording(connection)
      known.add(connection)
      return connection
    },
    beginTransaction: async (connection: object, ...rest: readonly unknown[]) => {
      await own.begin(connection, ...rest)
      inTransaction.add(connection)
    },
    commitTransaction: async (connection: object) => {
      inTransaction.delete(connection)
      await own.commit(connection)
    },
    rollbackTransaction: async (connection: object) => {
      inTransaction.delete(connection)
      await own.rollback(connection)
    },
  })
}

interface Recording {
  readonly compiler: Compiler
  readonly findTable: FindTable
  readonly schema: string
  readonly own: {
    readonly begin: (connection: object, settings: object) => Promise<void>
    readonly commit: (connection: object) => Promise<void>
    readonly rollback: (connection: object) => Promise<void>
  }
  readonly inTransaction: WeakSet<object>
}

function recordingOf({ compiler, findTable, schema, own, inTransaction }: Recording) {
  const recorder = createStatementRecorder(schema)
  const plan = (query: Node) => planStatement(query, ({ schema: named, name }) => findTable(named, name))
  return (connection: Connection): void => {
    const execute = connection.executeQuery.bind(connection)
    const stream = connection.streamQuery.bind(connection)
    const recorded = (
      query: CompiledQuery,
      statement: Exclude<StatementPlan, { kind: 'pass' }>,
      rest: readonly unknown[],
    ) => {
      const { table } = statement
      const run = async (text: string, values: readonly unknown[]) => {
        const { rows } = await execute({ ...query, query: rawNode, sql: text, parameters: values })
        return rows.map(toTexts)
      }
      const statements: StatementConnection = { query: run }
      switch (statement.kind) {
        case 'change': {
          const { sql, parameters } = compiler.compileQuery(statement.select, query.queryId)
          const found = {
            isDeleted: statement.isDeleted,
            text: sql,
            parameters: parameters.length,
            run: (text: string, more: readonly (string | null)[]) => run(text, [...parameters, ...more]),
            countOf: ({ numAffectedRows }: QueryResult) =>
              numAffectedRows === undefined ? undefined : Number(numAffectedRows),
          }
          return recorder.changing(statements, table, found, () => execute(query, ...rest))
        }
        case 'change known': {
          const operation = statement.isDeleted ? 'delete' : 'update'
          return recorder.changingKnown(statements, table, operation, statement.keys, () =>
            execute(query, ...rest),
          )
        }
        case 'upsert':
          return recorder.inserting(statements, table, statement.conflicting, async () => ({
            result: await execute(query, ...rest),
            inserted: [],
          }))
        case 'insert':
          return recorder.inserting(statements, table, [], async () => {
            const result = await execute({ ...query, sql: query.sql + statement.ending }, ...rest)
            const inserted = result.rows.map((row) => readKey(row, table))
            return {
              result: { ...result, rows: statement.returnsRows ? withoutKeys(result, table) : [] },
              inserted,
            }
          })
      }
    }
    Object.assign(connection, {
      executeQuery: async (query: CompiledQuery, ...rest: readonly unknown[]) => {
        noteTransaction(query, connection, inTransaction)
        const statement = plan(query.query)
        if (statement.kind === 'pass') return execute(query, ...rest)
        if (inTransaction.has(connection)) return recorded(query, statement, rest)
        await own.begin(connection, {})
        let result: QueryResult
        try {
          result = await recorded(query, statement, rest)
        } catch (error) {
          // the first error says why
          await own.rollback(connection).catch(() => undefined)
          throw error
        }
        await own.commit(connection)
        return result
      },
      streamQuery: (query: CompiledQuery, ...rest: readonly unknown[]) => {
        const statement = plan(query.query)
        if (statement.kind === 'pass') return stream(query, ...rest)
        throw cannotRecord('a write that is streamed', statement.table, 'execute it')
      },
    })
  }
}

// who opens a transaction by a text of his own must not have it committed for him
function noteTransaction(query: CompiledQuery, connection: object, inTransaction: WeakSet<object>): void {
  if (query.query.kind !== 'RawNode') return
  if (/^\s*(?:begin|start\s+transaction)\b/i.test(query.sql)) inTransaction.add(connection)
  if (/^\s*(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b))\b/i.test(query.sql)) {
    inTransaction.delete(connection)
  }
}

/** The key that was added to a row. */
function readKey(row: QueryResult['rows'][number], { key }: ListenedTable): RowKey {
  const read: Record<string, string> = {}
  for (const column of key) read[column] = String(row[keyNameOf(column)])
  return read
}

function withoutKeys({ rows }: QueryResult, { key }: ListenedTable): QueryResult['rows'] {
  const added = new Set(key.map(keyNameOf))
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !added.has(name))))
}

function toTexts(row: Readonly<Record<string, unknown>>): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value : null]),
  )
}

const rawNode: Node = Object.freeze({ kind: 'RawNode', sqlFragments: [], parameters: [] })

interface Compiler {
  compileQuery(node: Node, queryId: unknown): CompiledQuery
}

interface RawDriver {
  acquireConnection(...args: readonly unknown[]): Promise<object>
  beginTransaction(connection: object, ...rest: readonly unknown[]): Promise<void>
  commitTransaction(connection: object): Promise<void>
  rollbackTransaction(connection: object): Promise<void>
}

function isDriver(value: object): value is RawDriver {
  return 'acquireConnection' in value && 'beginTransaction' in value
}

function isCompiler(value: object): value is Compiler {
  return 'compileQuery' in value
}

function isConnection(value: object): value is Connection {
  return 'executeQuery' in value && 'streamQuery' in value
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
