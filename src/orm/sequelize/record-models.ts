import { BackstoryError } from '../../core/errors.ts'
import { auditedSequelizeModels } from '../marks/sequelize.ts'
import {
  createRecorder,
  isKeyValue,
  type Announcement,
  type FlushClient,
  type KeyValue,
  type Recorder,
  type RowKey,
} from '../recorder.ts'

/** A transaction of Sequelize: nothing is asked of it. */
type SequelizeTransaction = object

/** The options of a call that writes. */
interface WriteOptions {
  readonly transaction?: SequelizeTransaction | null
  readonly [key: string]: unknown
}

/** A row of a model. */
interface SequelizeInstance {
  readonly isNewRecord: boolean
  get(name: string, options: { raw: true }): unknown
  previous(name: string): unknown
}

type InstanceMethod = (this: SequelizeInstance, options?: WriteOptions) => Promise<unknown>
type BulkMethod = (...args: unknown[]) => Promise<unknown>

/** A model of Sequelize 6, as far as it is needed here. */
export interface SequelizeModel {
  readonly name: string
  readonly prototype: object
  readonly rawAttributes: Readonly<Record<string, { readonly field?: string; readonly primaryKey?: boolean }>>
  getTableName(): unknown
}

/** A `Sequelize` 6, as far as its type is needed. */
export interface SequelizeReference {
  transaction(...args: never[]): unknown
  query(...args: never[]): unknown
}

/** What is asked of it. */
interface SequelizeLibrary {
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

/** What to record of what Sequelize writes. */
export interface SequelizeListenerOptions {
  /** Models whose tables are tracked with `{ capture: 'listener' }`, beside those that are marked as audited. */
  readonly track?: readonly SequelizeModel[]
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string
}

/**
 * Makes the models of Sequelize 6 that are marked as audited, and those between them, record what `create`, `save`, `update`, `destroy` and `restore` of a row, and `bulkCreate`, write:
 * listener capture. Sequelize opens no transaction by itself; where there is none, each of these gets one of its own. Call it
 * when the models are defined. What writes without saying which rows (`Model.update`, `Model.destroy`, `upsert`, `increment` …)
 * is refused. docs/orms/sequelize.md has the rest.
 *
 * @throws BackstoryError `invalid_argument`; from a write: `not_recordable`, `context_required`, `not_tracked`
 */
export function recordModels(target: SequelizeReference, options: SequelizeListenerOptions = {}): void {
  const { track = [], schema, ...unknown } = options
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) throw invalid(`recordModels has no option "${stranger}".`)
  const sequelize: unknown = target
  if (!isSequelize(sequelize)) throw invalid('recordModels takes a Sequelize 6 and its models.')
  const recorder = createRecorder({ schema })
  const marked = auditedSequelizeModels(sequelize.models).filter(isModel)
  const models = new Set([...marked, ...track])
  if (models.size === 0) {
    throw invalid('No model is marked as audited, and track names none: nothing would be recorded.')
  }
  for (const model of models) {
    if (recorded.has(model)) continue
    recorded.add(model)
    for (const name of ['save', 'destroy'] as const) recordInstances(sequelize, recorder, model, name)
    recordBulkCreate(sequelize, recorder, model)
    for (const name of refusedMethods) refuse(model, name)
  }
}

const recorded = new WeakSet<SequelizeModel>()
// in which transaction a row is being written: a soft deletion saves the row that it is called on
const writing = new WeakMap<SequelizeInstance, SequelizeTransaction>()
const refusedMethods = [
  'update',
  'destroy',
  'restore',
  'upsert',
  'increment',
  'decrement',
  'truncate',
] as const

function recordInstances(
  sequelize: SequelizeLibrary,
  recorder: Recorder,
  model: SequelizeModel,
  name: 'save' | 'destroy',
): void {
  const write = instanceMethodOf(model, name)
  Object.defineProperty(model.prototype, name, {
    configurable: true,
    writable: true,
    value(this: SequelizeInstance, options: WriteOptions = {}): Promise<unknown> {
      if (isSameTransaction(writing.get(this), options)) return Reflect.apply(write, this, [options])
      return inTransaction(sequelize, options, async (transaction) => {
        const flush = await recorder.photograph(clientOf(sequelize, transaction), [
          announce(model, this, name),
        ])
        writing.set(this, transaction)
        try {
          const result = await Reflect.apply(write, this, [{ ...options, transaction }])
          await flush.record()
          return result
        } finally {
          writing.delete(this)
        }
      })
    },
  })
}

function recordBulkCreate(sequelize: SequelizeLibrary, recorder: Recorder, model: SequelizeModel): void {
  const write = bulkMethodOf(model, 'bulkCreate')
  Object.defineProperty(model, 'bulkCreate', {
    configurable: true,
    writable: true,
    value(rows: unknown, options: WriteOptions = {}): Promise<unknown> {
      if (options['updateOnDuplicate'] !== undefined || options['ignoreDuplicates'] === true) {
        return Promise.reject(refusal(model, 'bulkCreate of rows that may be there already'))
      }
      return inTransaction(sequelize, options, async (transaction) => {
        const flush = await recorder.photograph(clientOf(sequelize, transaction), [])
        // returning: else it does not learn the keys
        const created = await Reflect.apply(write, model, [
          rows,
          { returning: true, ...options, transaction },
        ])
        await flush.record(
          (Array.isArray(created) ? created : []).filter(isInstance).map((instance) => ({
            table: tableOf(model),
            operation: 'insert',
            key: keyOf(model, (name) => instance.get(name, { raw: true })),
          })),
        )
        return created
      })
    },
  })
}

function refuse(model: SequelizeModel, name: (typeof refusedMethods)[number]): void {
  Object.defineProperty(model, name, {
    configurable: true,
    writable: true,
    value: () => Promise.reject(refusal(model, `Model.${name}`)),
  })
}

function announce(
  model: SequelizeModel,
  instance: SequelizeInstance,
  name: 'save' | 'destroy',
): Announcement {
  const table = tableOf(model)
  const current = () => keyOf(model, (attribute) => instance.get(attribute, { raw: true }))
  if (name === 'save' && instance.isNewRecord) return { table, operation: 'insert', key: current }
  const before = keyOf(
    model,
    (attribute) => instance.previous(attribute) ?? instance.get(attribute, { raw: true }),
  )
  return name === 'save'
    ? { table, operation: 'update', key: before, newKey: current() }
    : { table, operation: 'delete', key: before }
}

function isSameTransaction(one: SequelizeTransaction | undefined, { transaction }: WriteOptions): boolean {
  return one !== undefined && one === transaction
}

function inTransaction<Result>(
  sequelize: SequelizeLibrary,
  { transaction }: WriteOptions,
  work: (transaction: SequelizeTransaction) => Promise<Result>,
): Promise<Result> {
  return transaction === undefined || transaction === null ? sequelize.transaction(work) : work(transaction)
}

function tableOf(model: SequelizeModel): Announcement['table'] {
  const table = model.getTableName()
  if (typeof table === 'string') return { name: table }
  if (typeof table === 'object' && table !== null && 'tableName' in table && 'schema' in table) {
    return { schema: String(table.schema) || undefined, name: String(table.tableName) }
  }
  throw invalid(`The table of ${model.name} has no name.`)
}

function keyOf(model: SequelizeModel, read: (attribute: string) => unknown): RowKey {
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

function clientOf(sequelize: SequelizeLibrary, transaction: SequelizeTransaction): FlushClient {
  return {
    query: async ({ text, values }) => {
      try {
        const rows = await sequelize.query(text, { bind: values, type: 'SELECT', transaction })
        return Array.isArray(rows) ? rows : []
      } catch (error) {
        throw error instanceof Error ? (Reflect.get(error, 'original') ?? error) : error
      }
    },
  }
}

function instanceMethodOf(model: SequelizeModel, name: string): InstanceMethod {
  const method: unknown = Reflect.get(model.prototype, name)
  if (isFunction(method)) return method
  throw invalid(`recordModels takes models of Sequelize 6; ${model.name} has no ${name}().`)
}

function bulkMethodOf(model: SequelizeModel, name: string): BulkMethod {
  const method: unknown = Reflect.get(model, name)
  if (isFunction(method)) return method
  throw invalid(`recordModels takes models of Sequelize 6; ${model.name} has no ${name}().`)
}

function isSequelize(target: unknown): target is SequelizeLibrary {
  return typeof target === 'object' && target !== null && 'transaction' in target && 'models' in target
}

function isModel(model: object): model is SequelizeModel {
  return 'prototype' in model && 'getTableName' in model
}

function isFunction(value: unknown): value is (...args: unknown[]) => Promise<unknown> {
  return typeof value === 'function'
}

function isInstance(value: unknown): value is SequelizeInstance {
  return typeof value === 'object' && value !== null && 'get' in value
}

function refusal({ name }: SequelizeModel, what: string): BackstoryError {
  return new BackstoryError(
    'not_recordable',
    `Listener capture does not see which rows of ${name} are written by this ${what}. Save or destroy them one by one, or track the table by trigger.`,
    { details: { model: name } },
  )
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
