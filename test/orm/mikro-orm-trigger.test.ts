import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

const Hero = defineEntity({
  name: 'Hero',
  tableName: 'hero',
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    secret: p.text().nullable(),
    tags: () => p.manyToMany(Label).pivotTable('hero_labels'),
  },
})
const Label = defineEntity({
  name: 'Label',
  tableName: 'label',
  properties: { id: p.integer().primary(), name: p.text() },
})

let db: Awaited<ReturnType<typeof openPostgres>>
let orm: MikroORM

beforeAll(async () => {
  db = await openPostgres()
  orm = await MikroORM.init({
    entities: [Hero, Label],
    clientUrl: db.url,
    extensions: [auditExtension({ track: [[Hero, { redact: ['secret'] }]] })],
  })
})

afterAll(async () => {
  await orm.close()
  await db.close()
})

test('the schema generator tracks the tables, those between entities too, and finds nothing to do again', async () => {
  await orm.schema.update()
  const tracked = await createBackstory(db.database).tracked()
  expect(tracked.map(({ elementType, options }) => [elementType, options])).toEqual([
    ['hero', { redact: ['secret'] }],
    ['hero_labels', {}],
  ])
  expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('')
  expect(await db.query(`select to_regclass('audit_logs') is not null as kept`)).toEqual([{ kept: true }])
})

test('every write is recorded, bulk writes too, with the actor', async () => {
  await actingAs({ userId: 'ada' }, async () => {
    const em = orm.em.fork()
    em.create(Hero, { name: 'Ged', secret: 's', tags: [{ name: 'mage' }] })
    await em.flush()
    await orm.em.fork().nativeUpdate(Hero, {}, { name: 'Sparrowhawk' })
  })
  expect(
    (await readEntries(db)).map(({ elementType, action, userId }) => [elementType, action, userId]),
  ).toEqual([
    ['hero', 'insert', 'ada'],
    ['hero_labels', 'insert', 'ada'],
    ['hero', 'update', 'ada'],
  ])
})

test('an entity that is no longer tracked is untracked by the schema generator', async () => {
  const without = await MikroORM.init({
    entities: [Hero, Label],
    clientUrl: db.url,
    contextName: 'without',
    extensions: [auditExtension({ track: [Label] })],
  })
  await without.schema.update()
  expect((await createBackstory(db.database).tracked()).map(({ elementType }) => elementType)).toEqual([
    'hero_labels',
    'label',
  ])
  await without.close()
})

test('refuses options that it does not know, and what is no entity', () => {
  // @ts-expect-error there is no such option
  expect(() => auditExtension({ tracks: [], track: [] })).toThrow(/tracks/)
  // @ts-expect-error there is no such way
  expect(() => auditExtension({ track: [], capture: 'both' })).toThrow(/both/)
  // @ts-expect-error a name is no entity
  expect(() => auditExtension({ track: ['hero'] })).toThrow(/entities/)
  expect(() => auditExtension({ track: [Hero] }).register({})).toThrow(/MikroORM 7/)
})
