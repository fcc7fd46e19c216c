import { auditedSequelizeModels } from '../marks/sequelize.ts'
import { createRecorder, type Announcement, type Recorder } from '../recorder.ts'
import {
  clientOf,
  inTransaction,
  instanceMethodOf,
  invalid,
  isModel,
  isSequelize,
  keyOf,
  tableOf,
  type SequelizeInstance,
  type SequelizeLibrary,
  type SequelizeModel,
  type SequelizeReference,
  type SequelizeTransaction,
  type WriteOptions,
} from './model-access.ts'
import { pointingTo } from './pointing-rows.ts'
import { coverOf, recordMany } from './record-many.ts'

/** What to record of what Sequelize writes. */
export interface SequelizeListenerOptions {
  /** Models whose tables are tracked with `{ capture: 'listener' }`, beside those that are marked as audited. */
  readonly track?: readonly SequelizeModel[]
  /** The schema that Backstory was installed in. Default: `backstory`. */
  readonly schema?: string
}

/**
 * Makes the models of Sequelize 6 that are marked as audited, and those between them, record what `create`, `save`,
 * `update`, `destroy` and `restore` of a row, `bulkCreate`, `Model.update`, `Model.destroy`, `Model.restore`, `increment` and
 * `decrement` write: listener capture. Each is one flush. Sequelize opens no transaction by itself; where there is none, each
 * of these gets one of its own. Call it when the models are defined. What may write other rows than it finds before
 * (`upsert`, `truncate`, a `bulkCreate` that updates) is refused. docs/orms/sequelize.md has the rest.
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
    for (const name of ['save', 'destroy'] as const) {
      recordInstances({ sequelize, recorder, models }, model, name)
    }
    recordMany({ sequelize, recorder, models }, model)
  }
}

const recorded = new WeakSet<SequelizeModel>()
// in which transaction a row is being written: a soft deletion saves the row that it is called on
const writing = new WeakMap<SequelizeInstance, SequelizeTransaction>()

function recordInstances(
  recording: {
    readonly sequelize: SequelizeLibrary
    readonly recorder: Recorder
    readonly models: ReadonlySet<SequelizeModel>
  },
  model: SequelizeModel,
  name: 'save' | 'destroy',
): void {
  const { sequelize, recorder, models } = recording
  const write = instanceMethodOf(model, name)
  Object.defineProperty(model.prototype, name, {
    configurable: true,
    writable: true,
    value(this: SequelizeInstance, options: WriteOptions = {}): Promise<unknown> {
      if (isSameTransaction(writing.get(this), options)) return Reflect.apply(write, this, [options])
      const announcement = announce(model, this, name)
      const cover = coverOf(model, options.transaction, announcement)
      if (cover !== undefined) return cover(() => Reflect.apply(write, this, [options]))
      return inTransaction(sequelize, options, async (transaction) => {
        const flush = await recorder.photograph(clientOf(sequelize, transaction), [
          announcement,
          ...(name === 'destroy' ? pointingTo(model, [this], models) : []),
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
