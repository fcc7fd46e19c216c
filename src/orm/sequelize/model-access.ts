import { BackstoryError } from '../../core/errors.ts'
import type { Row, Statement } from '../../db/client.ts'
import { isKeyValue, type Announcement, type FlushClient, type KeyValue, type RowKey } from '../recorder.ts'

/** A transaction of Sequelize: nothing is asked of it, and its connection is looked for. */
export type SequelizeTransaction = object

/** The options of a call that writes. */
export interface WriteOptions {
  readonly transaction?: SequelizeTransaction | null
  readonly [key: string]: unknown
}

/** A row of a model. */
export interface SequelizeInstance {
  readonly isNewRecord: boolean
  get(name: string, options: { raw: true }): unknown
  previous(name: string): unknown
}

/** A method of a row. */
export type InstanceMethod = (this: SequelizeInstance, options?: WriteOptions) => Promise<unknown>
/** A method of a model. */
export type BulkMethod = (...args: unknown[]) => Promise<unknown>

/** A model of Sequelize 6, as far as it is needed here. */
export interface SequelizeModel {
  readonly name: string
  readonly prototype: object
  readonly rawAttributes: Readonly<Record<string, SequelizeAttribute>>
  getTableName(): unknown
}

/** A column of a model. */
export interface SequelizeAttribute {
  readonly field?: string
  readonly primaryKey?: boolean
  /** What it points to: a table, and a column of it. */
  readonly references?: unknown
  readonly onDelete?: string
}

/** A `Sequelize` 6, as far as its type is needed. */
export interface SequelizeReference {
  transaction(...args: never[]): unknown
  query(...args: never[]): unknown
}

/** What is asked of it. */
export interface SequelizeLibrary {
  readonly models: object
  transaction<Result>(work: (transaction: SequelizeTransaction) => Promise<Result>): Promise<Result>
  query(
    text: string,
    options: {
      readonly bind: readonly (string | null)[]
      readonly type: 'SELECT'
      readonly transaction: SequelizeTransaction
    },
  ): Promise<unknown>
}

/** Runs work in the transaction of a call, or in one of its own. Rejects with our own errors as they are. */
export async function inTransaction<Result>(
  sequelize: SequelizeLibrary,
  { transaction }: WriteOptions,
  work: (transaction: SequelizeTransaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await (transaction === undefined || transaction === null
      ? sequelize.transaction(work)
      : work(transaction))
  } catch (error) {
    const original = originalOf(error)
    throw original instanceof BackstoryError ? original : error
  }
}

// what Sequelize has wrapped
function originalOf(error: unknown): unknown {
  return error instanceof Error ? (Reflect.get(error, 'original') ?? error) : error
}

/** The table of a model, by its exact names. */
export function tableOf(model: SequelizeModel): Announcement['table'] {
  const table = model.getTableName()
  if (typeof table === 'string') return { name: table }
  if (typeof table === 'object' && table !== null && 'tableName' in table && 'schema' in table) {
    return { schema: String(table.schema) || undefined, name: String(table.tableName) }
  }
  throw invalid(`The table of ${model.name} has no name.`)
}

/** The primary key of a row, whose attributes `read` gives. */
export function keyOf(model: SequelizeModel, read: (attribute: string) => unknown): RowKey {
  return Object.fromEntries(
    Object.entries(model.rawAttributes)
      .filter(([, { primaryKey }]) => primaryKey === true)
      .map(([attribute, { field = attribute }]) => [field, toKeyValue(model, attribute, read(attribute))]),
  )
}

function toKeyValue(model: SequelizeModel, attribute: string, value: unknown): KeyValue {
  if (isKeyValue(value)) return value
  throw refusal(model, `write to a row whose ${attribute} is ${value === null ? 'null' : typeof value}`)
}

/**
 * A transaction as the connection of a flush: by its client of `pg`. By way of Sequelize a statement costs Node nearly twice as
 * much.
 */
export function clientOf(sequelize: SequelizeLibrary, transaction: SequelizeTransaction): FlushClient {
  return {
    query: async ({ text, values }) => {
      const client = openClientOf(transaction)
      if (client !== undefined) return (await client.query({ text, values })).rows
      try {
        const rows = await sequelize.query(text, { bind: values, type: 'SELECT', transaction })
        return Array.isArray(rows) ? rows : []
      } catch (error) {
        throw originalOf(error)
      }
    },
  }
}

// one that is over still has its client, which is somebody else's by now: Sequelize refuses to use it, and says why
function openClientOf(transaction: SequelizeTransaction): Connection | undefined {
  const connection: unknown = Reflect.get(transaction, 'connection')
  return isConnection(connection) && Reflect.get(transaction, 'finished') === undefined
    ? connection
    : undefined
}

interface Connection {
  query(statement: Pick<Statement, 'text' | 'values'>): Promise<{ readonly rows: readonly Row[] }>
}

function isConnection(value: unknown): value is Connection {
  return typeof value === 'object' && value !== null && 'query' in value && isFunction(value.query)
}

/** A method of the rows of a model. */
export function instanceMethodOf(model: SequelizeModel, name: string): InstanceMethod {
  return methodOf(model, model.prototype, name)
}

/** A method of a model. */
export function bulkMethodOf(model: SequelizeModel, name: string): BulkMethod {
  return methodOf(model, model, name)
}

function methodOf(model: SequelizeModel, holder: object, name: string): BulkMethod {
  const method: unknown = Reflect.get(holder, name)
  if (isFunction(method)) return method
  throw invalid(`recordModels takes models of Sequelize 6; ${model.name} has no ${name}().`)
}

/** Whether it is a Sequelize. */
export function isSequelize(target: unknown): target is SequelizeLibrary {
  return typeof target === 'object' && target !== null && 'transaction' in target && 'models' in target
}

/** Whether it is a model. */
export function isModel(model: object): model is SequelizeModel {
  return 'prototype' in model && 'getTableName' in model
}

function isFunction(value: unknown): value is (...args: unknown[]) => Promise<unknown> {
  return typeof value === 'function'
}

/** Whether it is a row of a model. */
export function isInstance(value: unknown): value is SequelizeInstance {
  return typeof value === 'object' && value !== null && 'get' in value
}

/** The error of a write whose rows are not known. */
export function refusal({ name }: SequelizeModel, what: string): BackstoryError {
  return new BackstoryError(
    'not_recordable',
    `Listener capture does not see which rows of ${name} are written by this ${what}. Save or destroy them one by one, or by a condition, or track the table by trigger.`,
    { details: { model: name } },
  )
}

/** The error of what is given wrongly. */
export function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
