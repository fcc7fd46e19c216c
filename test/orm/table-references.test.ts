import { PrismaPg } from '@prisma/adapter-pg'
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { bigint, integer, jsonb, numeric, pgSchema, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import type { Generated, Selectable } from 'kysely'
import { DataTypes, Sequelize, type CreationOptional, type InferAttributes, type Model } from 'sequelize'
import { DataSource, EntitySchema } from 'typeorm'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'

import { audited } from '../../src/drizzle.ts'
import { createBackstory, tableOf, type JsonNumber, type JsonValue, type NonFinite } from '../../src/index.ts'
import { PrismaClient } from '../conformance/prisma/generated/client.ts'
import { openPostgres } from '../support/database.ts'

type AnyNumber = number | JsonNumber
type Text = string | AnyNumber

let db: Awaited<ReturnType<typeof openPostgres>>
beforeAll(async () => {
  db = await openPostgres()
  await db.run(`
    create schema sales;
    create table sales."order" (
      id integer primary key,
      placed_at timestamptz not null default '2026-01-31 12:00:00.123456+00',
      total numeric(40, 20),
      big bigint,
      lines jsonb not null default '[]',
      note text,
      secret text
    );
    create table worlds (id integer primary key, name text not null);
    create table measurements (id bigint primary key, taken_at timestamptz, amount numeric)`)
})
afterAll(async () => {
  await db.close()
})

describe('a table of Drizzle', () => {
  const orders = audited(
    pgSchema('sales').table('order', {
      id: integer().primaryKey(),
      placedAt: timestamp('placed_at', { withTimezone: true }).notNull(),
      total: numeric({ precision: 40, scale: 20 }),
      big: bigint({ mode: 'bigint' }),
      lines: jsonb().$type<{ sku: string; at: Date }[]>().notNull(),
      note: text({ enum: ['gift', 'rush'] }),
      secret: text(),
    }),
    { redact: ['secret'] },
  )

  test('is taken for its name, and tracked as was said beside it', async () => {
    const backstory = createBackstory(db.database)
    await backstory.track(orders, { label: 'note' })
    expect(await backstory.tracked()).toContainEqual({
      elementType: 'sales."order"',
      key: ['id'],
      options: { redact: ['secret'], label: 'note' },
      status: 'active',
    })
    await db.run(`
      insert into sales."order" (id, total, big, note, secret)
      values (1, 1.50, 9007199254740993, 'gift', 'x')`)
    expect(await backstory.entries({ elementType: orders })).toMatchObject({
      entries: [{ elementType: 'sales."order"', elementId: '1' }],
    })
    const state = await backstory.element(orders, 1).at()
    expectTypeOf(state?.id).toEqualTypeOf<number | undefined>()
    expectTypeOf(state?.placed_at).toEqualTypeOf<string | undefined>()
    expectTypeOf(state?.total).toEqualTypeOf<AnyNumber | NonFinite | null | undefined>()
    expectTypeOf(state?.big).toEqualTypeOf<AnyNumber | null | undefined>()
    expectTypeOf(state?.note).toEqualTypeOf<'gift' | 'rush' | null | undefined>()
    expectTypeOf(state?.lines).toEqualTypeOf<
      readonly { readonly sku: string; readonly at: string }[] | undefined
    >()
    expectTypeOf(state?.['other']).toEqualTypeOf<JsonValue | undefined>()
    // @ts-expect-error -- columns go by the names that they have in the database
    expect(state?.placedAt).toBeUndefined()
    expect(JSON.parse(JSON.stringify(state))).toEqual({
      id: 1,
      placed_at: '2026-01-31T12:00:00.123456+00:00',
      total: 1.5,
      big: 9007199254740992,
      lines: [],
      note: 'gift',
    })
    const [row] = await backstory.type(orders).at(new Date())
    expectTypeOf(row?.state.placed_at).toEqualTypeOf<string | undefined>()
    expect(row?.state.note).toBe('gift')
    expect(await backstory.check({ elementType: orders })).toEqual({ gaps: [], isComplete: true })
    await backstory.read(orders, 1)
    await backstory.untrack(orders)
    expect(await backstory.tracked()).toEqual([])
  })

  test('in public goes by its plain name', () => {
    expect(createBackstory(db.database).element(pgTable('worlds', {}), 1).elementType).toBe('worlds')
  })
})

describe('a model of Sequelize', () => {
  interface Order extends Model<InferAttributes<Order>> {
    id: CreationOptional<number>
    placed_at: Date
    note: string | null
  }

  test('is taken for its table', async () => {
    const sequelize = new Sequelize({ dialect: 'postgres' })
    const orders = sequelize.define<Order>(
      'Order',
      {
        id: { type: DataTypes.INTEGER, primaryKey: true },
        placed_at: DataTypes.DATE,
        note: DataTypes.TEXT,
      },
      { schema: 'sales', tableName: 'order' },
    )
    const backstory = createBackstory(db.database)
    const element = backstory.element(orders, 1)
    expect(element.elementType).toBe('sales."order"')
    expect(backstory.element(sequelize.define('World', {}, { tableName: 'worlds' }), 1).elementType).toBe(
      'worlds',
    )
    const state = await element.at().catch(() => null)
    expectTypeOf(state?.id).toEqualTypeOf<AnyNumber | NonFinite | undefined>()
    expectTypeOf(state?.placed_at).toEqualTypeOf<string | undefined>()
    expectTypeOf(state?.note).toEqualTypeOf<Text | null | undefined>()
    await sequelize.close()
  })
})

describe('an entity of MikroORM', () => {
  const World = defineEntity({
    name: 'World',
    tableName: 'worlds',
    properties: { id: p.integer().primary(), name: p.text() },
  })
  const Order = defineEntity({
    name: 'Order',
    schema: 'sales',
    properties: {
      id: p.integer().primary(),
      placedAt: p.datetime(),
      lines: p.json<{ sku: string }[]>(),
      world: () => p.manyToOne(World),
    },
  })

  test('is taken for the table that MikroORM gives it', async () => {
    const orm = await MikroORM.init({ entities: [Order, World], clientUrl: db.url })
    const backstory = createBackstory(db.database, { orm })
    expect(backstory.element(Order, 1).elementType).toBe('sales."order"')
    expect(backstory.element(World, 1).elementType).toBe('worlds')
    const state = await backstory
      .element(Order, 1)
      .at()
      .catch(() => null)
    expectTypeOf(state?.placedAt).toEqualTypeOf<string | undefined>()
    expectTypeOf(state?.lines).toEqualTypeOf<readonly { readonly sku: string }[] | undefined>()
    expectTypeOf(state?.['placed_at']).toEqualTypeOf<JsonValue | undefined>()
    await orm.close()
  })

  test('that names its table itself needs no MikroORM', () => {
    expect(createBackstory(db.database).element(World, 1).elementType).toBe('worlds')
  })

  test('whose table MikroORM names is refused without it, with what to do', () => {
    expect(() => createBackstory(db.database).element(Order, 1)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: expect.stringContaining('createBackstory(pool, { orm'),
      }),
    )
  })
})

describe('an entity of TypeORM', () => {
  class World {
    id = 0
    name = ''
    rename(): void {}
  }
  const WorldSchema = new EntitySchema<World>({
    name: 'World',
    target: World,
    tableName: 'worlds',
    columns: { id: { type: 'int', primary: true }, name: { type: 'text' } },
  })
  const OrderSchema = new EntitySchema<{ id: number }>({
    name: 'Order',
    schema: 'sales',
    columns: { id: { type: 'int', primary: true } },
  })

  test('is taken for the table that the data source gives it', async () => {
    const dataSource = new DataSource({ type: 'postgres', url: db.url, entities: [WorldSchema, OrderSchema] })
    await dataSource.initialize()
    const backstory = createBackstory(db.database, { orm: dataSource })
    expect(backstory.element(World, 1).elementType).toBe('worlds')
    expect(backstory.element(OrderSchema, 1).elementType).toBe('sales."order"')
    const state = await backstory
      .element(World, 1)
      .at()
      .catch(() => null)
    expectTypeOf(state?.id).toEqualTypeOf<AnyNumber | NonFinite | undefined>()
    expectTypeOf(state?.name).toEqualTypeOf<Text | undefined>()
    expectTypeOf(state?.['rename']).toEqualTypeOf<JsonValue | undefined>()
    await dataSource.destroy()
  })

  test('is refused where nobody knows its table', () => {
    expect(() => createBackstory(db.database).element(World, 1)).toThrow('the class World')
  })
})

describe('a model of a Prisma client', () => {
  test('is taken for the table that it maps', async () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: db.url }) })
    const element = createBackstory(db.database).element(prisma.measurement, 1n)
    expect(element.elementType).toBe('measurements')
    const state = await element.at().catch(() => null)
    expectTypeOf(state?.id).toEqualTypeOf<AnyNumber | undefined>()
    expectTypeOf(state?.taken_at).toEqualTypeOf<string | null | undefined>()
    expectTypeOf(state?.amount).toEqualTypeOf<AnyNumber | NonFinite | null | undefined>()
    const world = await createBackstory(db.database)
      .element(prisma.world, 1)
      .at()
      .catch(() => null)
    expectTypeOf(world?.name).toEqualTypeOf<string | undefined>()
    await prisma.$disconnect()
  })
})

describe('a name with the type of its rows', () => {
  interface Database {
    worlds: { id: Generated<number>; name: string }
  }

  test('types the states of its elements', async () => {
    const worlds = tableOf<Selectable<Database['worlds']>>('worlds')
    const state = await createBackstory(db.database)
      .element(worlds, 1)
      .at()
      .catch(() => null)
    expectTypeOf(state?.id).toEqualTypeOf<AnyNumber | NonFinite | undefined>()
    expectTypeOf(state?.name).toEqualTypeOf<Text | undefined>()
  })
})

test('anything else is no table', () => {
  const backstory = createBackstory(db.database)
  // @ts-expect-error -- a number is none
  expect(() => backstory.element(5, 1)).toThrow('which table 5 is')
  expect(() => backstory.element(Date, 1)).toThrow('the class Date')
})
