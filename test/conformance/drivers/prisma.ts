import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'

import { audited } from '../../../src/pg.ts'
import { auditAdapter } from '../../../src/prisma.ts'
import type { ConformanceDriver, Operations, TransactionOperations } from '../driver.ts'
import { PrismaClient } from '../prisma/generated/client.ts'
import { keys, type Columns, type TableName, type Where } from '../tables.ts'

/** Prisma 7 with its adapter for `pg`. */
export const prismaDriver: ConformanceDriver = {
  name: 'Prisma',
  server: 'PostgreSQL',
  captures: ['trigger', 'listener'],
  unsupported: {
    'timestamps to the microsecond': 'Its DateTime is a date of JavaScript, which has milliseconds.',
  },
  gaps: {
    'cascade of a foreign key': { reason: 'The database deletes the rows, not Prisma.', outcome: 'partly' },
    'raw SQL': { reason: 'What is not written as Prisma writes it is not read.', outcome: 'unseen' },
  },
  connect: ({ url, capture, connections }) => {
    const pool = new pg.Pool({ connectionString: url, max: connections })
    const adapter = new PrismaPg(capture === 'none' ? pool : audited(pool))
    const client = new PrismaClient({
      adapter: capture === 'listener' ? auditAdapter(adapter, { tables: keys }) : adapter,
    })
    return Promise.resolve({
      ...operationsOn(client),
      transaction: (work, options) =>
        client.$transaction(
          (transaction) => work(withSavepoints(transaction)),
          options === undefined ? {} : { isolationLevel: 'Serializable' },
        ),
      insertLazily: (table, row) => modelOf(client, table).create({ data: toFields(table, row) }),
      close: async () => {
        await client.$disconnect()
        await pool.end()
      },
    })
  },
}

type Queries = Pick<PrismaClient, '$queryRawUnsafe' | '$transaction'>

function operationsOn(client: Queries): Omit<Operations, 'transaction'> {
  const model = (table: TableName) => modelOf(client, table)
  return {
    insert: async (table, row) => {
      await model(table).create({ data: toFields(table, row) })
    },
    load: async (table, key) => {
      const where = uniqueOf(table, key)
      await model(table).findUniqueOrThrow({ where })
      return {
        save: async (changes) => {
          await model(table).update({ where, data: toFields(table, changes) })
        },
        remove: async () => {
          await model(table).delete({ where })
        },
      }
    },
    insertMany: async (table, rows) => {
      await model(table).createMany({ data: rows.map((row) => toFields(table, row)) })
    },
    updateWhere: async (table, where, changes) => {
      await model(table).updateMany({ where: toFields(table, where), data: toFields(table, changes) })
    },
    increment: async (table, where, column, by) => {
      await model(table).updateMany({ where: toFields(table, where), data: { [column]: { increment: by } } })
    },
    deleteWhere: async (table, where) => {
      await model(table).deleteMany({ where: toFields(table, where) })
    },
    upsert: async (table, row) => {
      const others = Object.entries(row).filter(([column]) => !keys[table].includes(column))
      await model(table).upsert({
        where: uniqueOf(table, row),
        create: toFields(table, row),
        update: toFields(table, Object.fromEntries(others)),
      })
    },
    link: async (elementId, tagId) => {
      await model('elements').update({ where: { id: elementId }, data: { tags: { create: { tagId } } } })
    },
    unlink: async (elementId, tagId) => {
      const link = { elementId_tagId: { elementId, tagId } }
      await model('elements').update({ where: { id: elementId }, data: { tags: { delete: link } } })
    },
    raw: (text) => client.$queryRawUnsafe<readonly unknown[]>(text),
  }
}

function withSavepoints(transaction: Queries): TransactionOperations {
  return {
    ...operationsOn(transaction),
    savepoint: (work) => transaction.$transaction((inner) => work(withSavepoints(inner))),
  }
}

/** A model of the client, whichever it is: its own types know each model by its name alone. */
interface Model {
  create(query: object): PromiseLike<unknown>
  createMany(query: object): PromiseLike<unknown>
  update(query: object): PromiseLike<unknown>
  updateMany(query: object): PromiseLike<unknown>
  upsert(query: object): PromiseLike<unknown>
  delete(query: object): PromiseLike<unknown>
  deleteMany(query: object): PromiseLike<unknown>
  findUniqueOrThrow(query: object): PromiseLike<unknown>
}

const models = {
  worlds: 'world',
  elements: 'element',
  tags: 'tag',
  element_tags: 'elementTag',
  bonds: 'bond',
  measurements: 'measurement',
} as const satisfies Record<TableName, string>

function modelOf(client: object, table: TableName): Model {
  const model: unknown = Reflect.get(client, models[table])
  if (!isModel(model)) throw new Error(`Prisma has no model ${models[table]}.`)
  return model
}

function isModel(value: unknown): value is Model {
  return typeof value === 'object' && value !== null && 'findUniqueOrThrow' in value
}

const fields: Readonly<Partial<Record<TableName, Readonly<Record<string, string>>>>> = {
  elements: { world_id: 'worldId' },
  element_tags: { element_id: 'elementId', tag_id: 'tagId' },
}

function toFields(table: TableName, columns: Columns | Where): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns).map(([column, value]) => [fields[table]?.[column] ?? column, value]),
  )
}

/** What a row is found by: one field, or the fields of the key under their names together. */
function uniqueOf(table: TableName, row: Columns): Record<string, unknown> {
  const key = toFields(table, Object.fromEntries(keys[table].map((column) => [column, row[column] ?? null])))
  const names = Object.keys(key)
  return names.length === 1 ? key : { [names.join('_')]: key }
}
