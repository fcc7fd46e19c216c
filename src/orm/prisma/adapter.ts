import { BackstoryError } from '../../core/errors.ts'
import type { Row } from '../../db/client.ts'
import type { RowKey } from '../recorder.ts'
import { parseListenedTables, type FindTable, type ListenedTables } from '../statements/listened-tables.ts'
import {
  createStatementRecorder,
  type ListenedTable,
  type StatementConnection,
  type StatementRecorder,
} from '../statements/statement-recorder.ts'
import type { AuditedModel } from './audited-models.ts'
import { readStatement } from './read-statement.ts'
import type {
  Adapter,
  AdapterTransaction,
  PrismaAdapterFactory,
  Queryable,
  SqlQuery,
  SqlResultSet,
} from './types.ts'

/** What to record of what Prisma writes. */
export interface AuditAdapterOptions {
  /**
   * The tables, by their names in the database, each with the columns of its primary key: `{ accounts: ['id'],
   * 'sales.lines': ['order_id', 'n'], _PostToTag: ['A', 'B'] }`; or what `auditedModels` reads from the schema.
   */
  readonly tables: ListenedTables | readonly Pick<AuditedModel, 'table' | 'key'>[]
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string
}

/**
 * A driver adapter of Prisma that records what is written through it by listener: nested writes, relations, `createMany`,
 * `updateMany`, `deleteMany` and upserts too, since all of them come here as statements. The tables have to be tracked with
 * `{ capture: 'listener' }`.
 *
 * In a transaction it costs no round trip on an audited pool; on any other, an insert costs one more, anything else two.
 * Prisma's single statements get a transaction of their own. What it cannot see: `$executeRaw`, cascades of the database, and whoever else writes. See docs/guide/orms.md.
 *
 * @throws BackstoryError `invalid_argument`; from a write: `not_recordable` for what it recognises and cannot record (a
 *   changed primary key, `limit`), `not_tracked`, `tracked_otherwise`, `context_required`
 *
 * @example
 * const prisma = new PrismaClient({ adapter: auditAdapter(new PrismaPg(pool), { tables: { accounts: ['id'] } }) })
 */
export function auditAdapter<Factory extends PrismaAdapterFactory>(
  factory: Factory,
  options: AuditAdapterOptions,
): Factory {
  const { tables, schema = 'backstory', ...unknown } = options
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) {
    throw new BackstoryError('invalid_argument', `auditAdapter has no option "${stranger}".`)
  }
  const findTable = parseListenedTables(isList(tables) ? byName(tables) : tables, 'auditAdapter')
  const recorder = createStatementRecorder(schema)
  return new Proxy(factory, {
    get: (target, key) => {
      if (key === 'connect') {
        return async () => {
          const adapter = await target.connect()
          if (isAdapter(adapter)) return listenOnAdapter(adapter, recorder, findTable)
          throw new BackstoryError(
            'invalid_argument',
            'auditAdapter takes a driver adapter of Prisma 7 for SQL.',
          )
        }
      }
      return bound(target, key)
    },
  })
}

function listenOnAdapter(adapter: Adapter, recorder: StatementRecorder, findTable: FindTable): Adapter {
  const alone = async <Result>(
    query: SqlQuery,
    run: (target: Queryable) => Promise<Result>,
  ): Promise<Result> => {
    if (readStatement(query, findTable).kind === 'pass') return run(adapter)
    const transaction = await adapter.startTransaction()
    try {
      const result = await run(listenInTransaction(transaction, recorder, findTable))
      await end(transaction, 'commit')
      return result
    } catch (error) {
      // the first error says why
      await end(transaction, 'rollback').catch(() => undefined)
      throw error
    }
  }
  const methods = {
    queryRaw: (query: SqlQuery) => alone(query, (target) => target.queryRaw(query)),
    executeRaw: (query: SqlQuery) => alone(query, (target) => target.executeRaw(query)),
    startTransaction: async (isolationLevel?: unknown) =>
      listenInTransaction(await adapter.startTransaction(isolationLevel), recorder, findTable),
  }
  return withMethods(adapter, methods)
}

function listenInTransaction(
  transaction: AdapterTransaction,
  recorder: StatementRecorder,
  findTable: FindTable,
): AdapterTransaction {
  const connection = connectionOf(transaction)
  const run = async <Result>(
    query: SqlQuery,
    execute: () => Promise<Result>,
    resultOf: (rows: SqlResultSet) => Result,
  ): Promise<Result> => {
    const plan = readStatement(query, findTable)
    switch (plan.kind) {
      case 'pass':
        return execute()
      case 'change': {
        const { sql, args, argTypes } = plan.found
        const found = {
          isDeleted: plan.isDeleted,
          text: sql,
          parameters: args.length,
          run: async (text: string, more: readonly (string | null)[]) => {
            const types = more.map(() => textType)
            const photograph = { sql: text, args: [...args, ...more], argTypes: [...argTypes, ...types] }
            return toRows(await explained(transaction.queryRaw(photograph)))
          },
          countOf: (result: unknown) => (typeof result === 'number' ? result : undefined),
        }
        return recorder.changing(connection, plan.table, found, execute)
      }
      case 'upsert':
        return recorder.inserting(connection, plan.table, plan.conflicting, async () => ({
          result: await execute(),
          inserted: [],
        }))
      case 'insert':
        return recorder.inserting(connection, plan.table, [], async () => {
          const { rows, keys } = splitRows(await transaction.queryRaw(plan.query), plan.table)
          return { result: resultOf(rows), inserted: keys }
        })
    }
  }
  return withMethods(transaction, {
    queryRaw: (query: SqlQuery) =>
      run(
        query,
        () => transaction.queryRaw(query),
        (rows) => rows,
      ),
    executeRaw: (query: SqlQuery) =>
      run(
        query,
        () => transaction.executeRaw(query),
        ({ rows }) => rows.length,
      ),
  })
}

function connectionOf(target: Queryable): StatementConnection {
  return {
    query: async (sql, values) =>
      toRows(await explained(target.queryRaw({ sql, args: values, argTypes: values.map(() => textType) }))),
  }
}

const textType = Object.freeze({ scalarType: 'string', arity: 'scalar' })

function toRows({ columnNames, rows }: SqlResultSet): readonly Row[] {
  return rows.map((row) =>
    Object.fromEntries(
      columnNames.map((name, place) => {
        const value = row[place]
        return [name, typeof value === 'string' ? value : null]
      }),
    ),
  )
}

/** Rejects with the error of the database: what the adapter makes of it hides its code. */
async function explained<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    const cause: unknown = error instanceof Error ? error.cause : undefined
    if (typeof cause !== 'object' || cause === null) throw error
    const { code, message, hint } = readCause(cause)
    throw Object.assign(new Error(message, { cause: error }), { code, hint })
  }
}

function readCause(cause: object): {
  readonly code: unknown
  readonly message: string
  readonly hint: unknown
} {
  const message: unknown = Reflect.get(cause, 'originalMessage') ?? Reflect.get(cause, 'message')
  return {
    code: Reflect.get(cause, 'originalCode') ?? Reflect.get(cause, 'code'),
    message: String(message),
    hint: Reflect.get(cause, 'hint'),
  }
}

/** The rows without the key that was added to them, and the key of each. */
function splitRows(
  { columnNames, columnTypes, rows }: SqlResultSet,
  { key }: ListenedTable,
): { readonly rows: SqlResultSet; readonly keys: readonly RowKey[] } {
  const own = columnNames.length - key.length
  return {
    rows: {
      columnNames: columnNames.slice(0, own),
      columnTypes: columnTypes.slice(0, own),
      rows: rows.map((row) => row.slice(0, own)),
    },
    keys: rows.map((row) =>
      Object.fromEntries(key.map((column, place) => [column, String(row[own + place])])),
    ),
  }
}

// Prisma's own engine says COMMIT to the transaction before it ends it, unless that says so itself
async function end(transaction: AdapterTransaction, how: 'commit' | 'rollback'): Promise<void> {
  if (!transaction.options.usePhantomQuery) {
    await transaction.executeRaw({ sql: how.toUpperCase(), args: [], argTypes: [] })
  }
  await transaction[how]()
}

function withMethods<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get: (object, key) => {
      const own: unknown = Reflect.get(methods, key)
      return own ?? bound(object, key)
    },
  })
}

function bound(target: object, key: PropertyKey): unknown {
  const value: unknown = Reflect.get(target, key)
  return typeof value === 'function' ? value.bind(target) : value
}

type Models = Extract<AuditAdapterOptions['tables'], readonly unknown[]>

function isList(tables: AuditAdapterOptions['tables']): tables is Models {
  return Array.isArray(tables)
}

function byName(models: Models): ListenedTables {
  return Object.fromEntries(models.map(({ table, key }) => [table, key]))
}

function isAdapter(value: object): value is Adapter {
  return 'queryRaw' in value && 'executeRaw' in value && 'startTransaction' in value
}
