import type { Announcement, Recorder, RowKey } from '../recorder.ts'
import {
  bulkMethodOf,
  clientOf,
  inTransaction,
  isInstance,
  keyOf,
  refusal,
  tableOf,
  type SequelizeInstance,
  type SequelizeLibrary,
  type SequelizeModel,
  type SequelizeTransaction,
  type WriteOptions,
} from './model-access.ts'
import { pointingTo } from './pointing-rows.ts'

interface Recording {
  readonly sequelize: SequelizeLibrary
  readonly recorder: Recorder
  readonly models: ReadonlySet<SequelizeModel>
}

/** A call that writes many rows of a model, while it runs: what it saves row by row belongs to its flush. */
interface Call {
  readonly model: SequelizeModel
  readonly keys: Set<string>
  readonly insertions: Announcement[]
}

const calls = new WeakMap<SequelizeTransaction, Set<Call>>()
const refusedMethods = ['upsert', 'truncate'] as const
// the methods that write the rows of their option `where`, and the place of their options
const conditional = { update: 1, destroy: 0, restore: 0, increment: 1 } as const

/** Makes the methods of a model that write many rows record each call as one flush: one photograph, one record. */
export function recordMany(recording: Recording, model: SequelizeModel): void {
  recordBulkCreate(recording, model)
  for (const name of ['update', 'destroy', 'restore', 'increment'] as const) {
    recordConditional(recording, model, name)
  }
  for (const name of refusedMethods) {
    override(model, name, () => Promise.reject(refusal(model, `Model.${name}`)))
  }
}

/** How a row is written that a call of many writes one by one, inside of that one's flush; undefined for any other row. */
export function coverOf(
  model: SequelizeModel,
  transaction: SequelizeTransaction | null | undefined,
  announcement: Announcement,
): ((write: () => Promise<unknown>) => Promise<unknown>) | undefined {
  if (transaction === null || transaction === undefined) return undefined
  for (const call of calls.get(transaction) ?? []) {
    if (call.model !== model) continue
    if (announcement.operation === 'insert') {
      return async (write) => {
        const result = await write()
        call.insertions.push(announcement)
        const key = typeof announcement.key === 'function' ? announcement.key() : announcement.key
        if (key !== undefined) call.keys.add(identityOf(key))
        return result
      }
    }
    if (typeof announcement.key === 'object' && call.keys.has(identityOf(announcement.key))) {
      return (write) => write()
    }
  }
  return undefined
}

function recordBulkCreate({ sequelize, recorder }: Recording, model: SequelizeModel): void {
  const write = bulkMethodOf(model, 'bulkCreate')
  override(model, 'bulkCreate', (self, rows, given) => {
    const options = isOptions(given) ? given : {}
    if (options['updateOnDuplicate'] !== undefined || options['ignoreDuplicates'] === true) {
      return Promise.reject(refusal(model, 'bulkCreate of rows that may be there already'))
    }
    return inTransaction(sequelize, options, async (transaction) => {
      const flush = await recorder.photograph(clientOf(sequelize, transaction), [])
      const call: Call = { model, keys: new Set(), insertions: [] }
      // returning: else it does not learn the keys
      const created = await during(call, transaction, () =>
        write.call(self, rows, { returning: true, ...options, transaction }),
      )
      await flush.record([
        ...(Array.isArray(created) ? created : []).filter(isInstance).map((row) => inserted(model, row)),
        ...call.insertions,
      ])
      return created
    })
  })
}

function recordConditional(
  { sequelize, recorder, models }: Recording,
  model: SequelizeModel,
  name: keyof typeof conditional,
): void {
  const write = bulkMethodOf(model, name)
  const find = bulkMethodOf(model, 'findAll')
  const place = conditional[name]
  override(model, name, (self, ...args) => {
    const options = isOptions(args[place]) ? args[place] : {}
    const { where } = options
    // the method says what is missing
    if (where === undefined && options['truncate'] !== true) return write.apply(self, args)
    if (options['truncate'] === true) return Promise.reject(refusal(model, `Model.${name} that truncates`))
    if (name === 'update' && writesKey(model, args[0])) {
      return Promise.reject(refusal(model, 'Model.update that changes a primary key'))
    }
    return inTransaction(sequelize, options, async (transaction) => {
      const attributes = keyAttributes(model)
      // what the condition finds is locked and written, and no row that comes to fulfil it meanwhile
      const found = await find.call(self, {
        where,
        // others may point to any column of what goes
        ...(name === 'destroy' ? {} : { attributes }),
        transaction,
        lock: { level: 'UPDATE', of: self },
        raw: true,
        hooks: false,
        paranoid: name === 'update' ? options['paranoid'] : name === 'destroy' && options['force'] !== true,
        ...(options['limit'] === undefined ? {} : { limit: options['limit'] }),
      })
      // what a scope includes may say a row twice
      const byKey = new Map(
        (Array.isArray(found) ? found : []).filter(isOptions).map((row) => {
          const key = keyOf(model, (attribute) => row[attribute])
          return [identityOf(key), { key, row }]
        }),
      )
      const rows = [...byKey.values()].map(({ row }) => row)
      const table = tableOf(model)
      const operation = name === 'destroy' ? 'delete' : 'update'
      const flush = await recorder.photograph(clientOf(sequelize, transaction), [
        ...[...byKey.values()].map(({ key }): Announcement => ({ table, operation, key })),
        ...(name === 'destroy'
          ? pointingTo(
              model,
              rows.map((row) => ({ get: (attribute: string) => row[attribute] })),
              models,
            )
          : []),
      ])
      const call: Call = { model, keys: new Set(byKey.keys()), insertions: [] }
      const narrowed = { ...options, transaction, where: { [and]: [where, ofKeys(attributes, rows)] } }
      const result = await during(call, transaction, () =>
        write.apply(
          self,
          args.length > place
            ? args.map((arg, index) => (index === place ? narrowed : arg))
            : [...args, narrowed],
        ),
      )
      await flush.record(call.insertions)
      return result
    })
  })
}

// Sequelize.Op
const and = Symbol.for('and')
const or = Symbol.for('or')

function ofKeys(attributes: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): object {
  const [first = '', ...others] = attributes
  return others.length === 0 || rows.length === 0
    ? { [first]: rows.map((row) => row[first]) }
    : { [or]: rows.map((row) => Object.fromEntries(attributes.map((name) => [name, row[name]]))) }
}

async function during<Result>(
  call: Call,
  transaction: SequelizeTransaction,
  work: () => Promise<Result>,
): Promise<Result> {
  const running = calls.get(transaction) ?? new Set()
  calls.set(transaction, running.add(call))
  try {
    return await work()
  } finally {
    running.delete(call)
  }
}

function inserted(model: SequelizeModel, row: SequelizeInstance): Announcement {
  return {
    table: tableOf(model),
    operation: 'insert',
    key: keyOf(model, (name) => row.get(name, { raw: true })),
  }
}

function keyAttributes({ rawAttributes }: SequelizeModel): readonly string[] {
  return Object.entries(rawAttributes).flatMap(([name, { primaryKey }]) =>
    primaryKey === true ? [name] : [],
  )
}

function writesKey(model: SequelizeModel, values: unknown): boolean {
  return isOptions(values) && keyAttributes(model).some((name) => values[name] !== undefined)
}

function identityOf(key: RowKey): string {
  return JSON.stringify(Object.entries(key).map(([name, value]) => [name, String(value)]))
}

function override(
  model: SequelizeModel,
  name: string,
  // called of a scope of the model too, which is a class of its own
  method: (self: unknown, ...args: unknown[]) => Promise<unknown>,
): void {
  Object.defineProperty(model, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...args: unknown[]) {
      return method(this, ...args)
    },
  })
}

function isOptions(value: unknown): value is WriteOptions {
  return typeof value === 'object' && value !== null
}
