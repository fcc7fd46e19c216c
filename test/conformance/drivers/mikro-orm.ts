import { IsolationLevel, MikroORM, raw, type EntityManager, type EntitySchema } from '@mikro-orm/postgresql'

import { auditExtension } from '../../../src/mikro-orm.ts'
import type { Columns, TableName, Where } from '../tables.ts'
import type { ConformanceDriver, Operations, TransactionOperations } from '../driver.ts'
import { Bond, Element, Measurement, Tag, World } from './mikro-orm-entities.ts'

/** MikroORM 7. */
export const mikroOrmDriver: ConformanceDriver = {
  name: 'MikroORM',
  server: 'PostgreSQL',
  captures: ['trigger', 'listener'],
  unsupported: {
    'timestamps to the microsecond': 'Its timestamps are dates of JavaScript, which have milliseconds.',
    'numerics at full precision':
      'It compares numerics as numbers of JavaScript, and takes these two for the same.',
  },
  gaps: {
    ...Object.fromEntries(
      (
        [
          'update that changes nothing',
          'insert of many',
          'update of many',
          'update of many by an expression',
          'delete of many',
        ] as const
      ).map((name) => [
        name,
        {
          outcome: 'refused',
          reason: 'It writes past the unit of work: `em.insertMany`, `em.nativeUpdate`, `em.nativeDelete`.',
        },
      ]),
    ),
    'raw SQL': { outcome: 'unseen', reason: 'MikroORM announces no SQL.' },
  },
  connect: async ({ url, capture, connections }) => {
    const orm = await MikroORM.init({
      entities: [World, Element, Tag, Bond, Measurement],
      clientUrl: url,
      extensions:
        capture === 'none'
          ? []
          : [auditExtension({ track: [World, Element, Tag, Bond, Measurement], capture })],
      pool: { max: connections },
    })
    return {
      ...operationsOn(() => orm.em.fork()),
      transaction: (work, options) =>
        orm.em
          .fork()
          .transactional(
            (em) => work(withSavepoints(em)),
            options === undefined ? {} : { isolationLevel: IsolationLevel.SERIALIZABLE },
          ),
      insertLazily: (table, row) => {
        const em = orm.em.fork()
        em.create(entityOf(table), toEntity(row))
        return em.flush()
      },
      close: () => orm.close(),
    }
  },
}

/** `unit` gives the unit of work that an operation is to use: a new one, or that of the transaction. */
function operationsOn(unit: () => EntityManager): Omit<Operations, 'transaction'> {
  return {
    insert: async (table, row) => {
      const em = unit()
      em.create(entityOf(table), toEntity(row))
      await em.flush()
    },
    load: async (table, key) => {
      const em = unit()
      const found = await em.findOneOrFail(entityOf(table), { ...key })
      return {
        save: async (changes) => {
          em.assign(found, toEntity(changes))
          await em.flush()
        },
        remove: () => em.remove(found).flush(),
      }
    },
    insertMany: async (table, rows) => {
      await unit().insertMany(entityOf(table), rows.map(toEntity))
    },
    updateWhere: async (table, where, changes) => {
      await unit().nativeUpdate(entityOf(table), toEntity(where), toEntity(changes))
    },
    increment: async (table, where, column, by) => {
      await unit().nativeUpdate(entityOf(table), toEntity(where), { [column]: raw('?? + ?', [column, by]) })
    },
    deleteWhere: async (table, where) => {
      await unit().nativeDelete(entityOf(table), toEntity(where))
    },
    upsert: async (table, row) => {
      await unit().transactional((em) => em.upsert(entityOf(table), toEntity(row)))
    },
    link: async (elementId, tagId) => {
      const em = unit()
      const element = await em.findOneOrFail(Element, elementId, { populate: ['tags'] })
      element.tags.add(em.getReference(Tag, tagId))
      await em.flush()
    },
    unlink: async (elementId, tagId) => {
      const em = unit()
      const element = await em.findOneOrFail(Element, elementId, { populate: ['tags'] })
      element.tags.remove(em.getReference(Tag, tagId))
      await em.flush()
    },
    raw: (text) => unit().execute<readonly unknown[]>(text),
  }
}

function withSavepoints(em: EntityManager): TransactionOperations {
  return {
    ...operationsOn(() => em),
    savepoint: (work) => em.transactional((inner) => work(withSavepoints(inner))),
  }
}

/** The world of an element is a relation. */
function toEntity({ world_id: world, ...columns }: Columns | Where): Record<string, unknown> {
  return world === undefined ? columns : { ...columns, world }
}

// the rows between elements and tags belong to the relation
function entityOf(table: TableName): EntitySchema {
  if (table === 'element_tags') throw new Error('element_tags has no entity of its own.')
  return entities[table]
}

const entities = { worlds: World, elements: Element, tags: Tag, bonds: Bond, measurements: Measurement }
