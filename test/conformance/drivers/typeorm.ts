import { DataSource, EntitySchema, type EntityManager, type ObjectLiteral } from 'typeorm'

import { audited } from '../../../src/typeorm.ts'
import type { ConformanceDriver, Operations, TransactionOperations } from '../driver.ts'
import { keys, type Columns, type TableName } from '../tables.ts'

/** TypeORM 1. */
export const typeormDriver: ConformanceDriver = {
  name: 'TypeORM',
  server: 'PostgreSQL',
  captures: ['trigger', 'listener'],
  unsupported: {
    'timestamps to the microsecond': 'Its timestamptz is a date of JavaScript, which has milliseconds.',
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
          'upsert that inserts',
          'upsert that updates',
          'link and unlink of many to many',
        ] as const
      ).map((name) => [
        name,
        { outcome: 'refused', reason: 'It writes by a query builder, which does not say which rows.' },
      ]),
    ),
    'raw SQL': { outcome: 'unseen', reason: 'TypeORM announces no SQL.' },
  },
  connect: async ({ url, capture, connections }) => {
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      entities: Object.values(entities),
      extra: { max: connections },
    })
    await dataSource.initialize()
    if (capture !== 'none') audited(dataSource, { capture, track: Object.values(entities) })
    return {
      ...operationsOn(dataSource.manager),
      transaction: (work, options) =>
        options === undefined
          ? dataSource.transaction((manager) => work(withSavepoints(manager)))
          : dataSource.transaction('SERIALIZABLE', (manager) => work(withSavepoints(manager))),
      insertLazily: (table, row) => dataSource.manager.save(entityOf(table), toEntity(row)),
      close: () => dataSource.destroy(),
    }
  },
}

const id = { type: 'int', primary: true, generated: 'increment' } as const
const name = { type: 'text' } as const

const entities = {
  worlds: new EntitySchema<Columns>({ name: 'World', tableName: 'worlds', columns: { id, name } }),
  elements: new EntitySchema<ObjectLiteral>({
    name: 'Element',
    tableName: 'elements',
    columns: {
      id,
      name,
      hp: { type: 'int', default: 10 },
      attributes: { type: 'jsonb', default: {} },
      aliases: { type: 'text', array: true, default: [] },
      note: { type: 'text', nullable: true },
    },
    relations: {
      world: { type: 'many-to-one', target: 'World', joinColumn: { name: 'world_id' }, onDelete: 'CASCADE' },
      tags: {
        type: 'many-to-many',
        target: 'Tag',
        joinTable: {
          name: 'element_tags',
          joinColumn: { name: 'element_id' },
          inverseJoinColumn: { name: 'tag_id' },
        },
      },
    },
  }),
  tags: new EntitySchema<ObjectLiteral>({ name: 'Tag', tableName: 'tags', columns: { id, name } }),
  bonds: new EntitySchema<ObjectLiteral>({
    name: 'Bond',
    tableName: 'bonds',
    columns: {
      element_id: { type: 'int', primary: true },
      kind: { type: 'text', primary: true },
      strength: { type: 'int', default: 1 },
    },
  }),
  measurements: new EntitySchema<ObjectLiteral>({
    name: 'Measurement',
    tableName: 'measurements',
    columns: {
      id: { type: 'bigint', primary: true },
      taken_at: { type: 'timestamptz', precision: 6, nullable: true },
      amount: { type: 'numeric', precision: 40, scale: 20, nullable: true },
    },
  }),
}

/** The world of an element is a relation. */
function toEntity({ world_id, ...columns }: Columns): ObjectLiteral {
  return world_id === undefined ? columns : { ...columns, world: { id: world_id } }
}

function operationsOn(manager: EntityManager): Omit<Operations, 'transaction'> {
  const tags = (elementId: number) =>
    manager.createQueryBuilder().relation(entities.elements, 'tags').of(elementId)
  return {
    insert: async (table, row) => {
      await manager.save(entityOf(table), toEntity(row))
    },
    load: async (table, key) => {
      const target = entityOf(table)
      const found = await manager.findOneByOrFail(target, key)
      return {
        save: async (changes) => {
          await manager.save(target, Object.assign(found, toEntity(changes)))
        },
        remove: async () => {
          await manager.remove(target, found)
        },
      }
    },
    insertMany: async (table, rows) => {
      await manager.insert(entityOf(table), rows.map(toEntity))
    },
    updateWhere: async (table, where, changes) => {
      await manager.update(entityOf(table), toEntity(where), toEntity(changes))
    },
    increment: async (table, where, column, by) => {
      await manager.increment(entityOf(table), toEntity(where), column, by)
    },
    deleteWhere: async (table, where) => {
      await manager.delete(entityOf(table), toEntity(where))
    },
    upsert: async (table, row) => {
      await manager.upsert(entityOf(table), toEntity(row), [...keys[table]])
    },
    link: (elementId, tagId) => tags(elementId).add(tagId),
    unlink: (elementId, tagId) => tags(elementId).remove(tagId),
    raw: (text) => manager.query<readonly unknown[]>(text),
  }
}

// the rows between elements and tags belong to the relation
function entityOf(table: TableName): EntitySchema<ObjectLiteral> {
  if (table === 'element_tags') throw new Error('element_tags has no entity.')
  return entities[table]
}

function withSavepoints(manager: EntityManager): TransactionOperations {
  return {
    ...operationsOn(manager),
    savepoint: (work) => manager.transaction((inner) => work(withSavepoints(inner))),
  }
}
