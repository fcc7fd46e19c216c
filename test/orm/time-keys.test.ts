import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { DataTypes, Sequelize } from 'sequelize'
import { DataSource, EntitySchema, type ObjectLiteral } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { recordModels } from '../../src/sequelize.ts'
import { audited } from '../../src/typeorm.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy, gapsOf } from '../support/listener.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
const zone = process.env['TZ']

beforeAll(async () => {
  // far from UTC, and with a night on which it is another day there
  process.env['TZ'] = 'America/New_York'
  db = await openPostgres()
})
afterAll(async () => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
  await db.close()
})

const moment = new Date('2026-03-04T02:30:00.123Z')

async function createTable(name: string, type: string): Promise<void> {
  await db.run(`create table ${name} (at ${type} primary key, name text)`)
  await createBackstory(db.database).track(name, { capture: 'listener' })
}

const operationsBy = async (write: () => Promise<unknown>) =>
  (await entriesBy(db, write)).map((entry) => entry.split(' ')[0])

describe('rows whose key is a time, written from a time zone that is not UTC', () => {
  test.each(['timestamp', 'timestamptz', 'date'] as const)('%s: are recorded with TypeORM', async (type) => {
    const name = `typeorm_${type}`
    await createTable(name, type)
    const Row = new EntitySchema<ObjectLiteral>({
      name: 'Row',
      tableName: name,
      columns: { at: { type, primary: true }, name: { type: 'text' } },
    })
    const orm = audited(
      await new DataSource({ type: 'postgres', url: db.url, entities: [Row] }).initialize(),
      {
        capture: 'listener',
        track: [Row],
      },
    )
    const rows = orm.getRepository(Row)
    const found = await operationsBy(async () => {
      await rows.save({ at: type === 'date' ? '2026-03-04' : moment, name: 'a' })
      const row = await rows.findOneByOrFail({ name: 'a' })
      await rows.save(Object.assign(row, { name: 'b' }))
      await rows.remove(row)
    })
    await orm.destroy()
    expect(found).toEqual(['insert', 'update', 'delete'])
  })

  test.each(['timestamp', 'timestamptz'] as const)('%s: are recorded with MikroORM', async (type) => {
    const name = `mikro_${type}`
    await createTable(name, type)
    const Row = defineEntity({
      name: 'Row',
      tableName: name,
      properties: { at: p.datetime().columnType(type).primary(), name: p.string() },
    })
    const orm = await MikroORM.init({
      clientUrl: db.url,
      entities: [Row],
      extensions: [auditExtension({ track: [Row], capture: 'listener' })],
    })
    const found = await operationsBy(async () => {
      const first = orm.em.fork()
      first.create(Row, { at: moment, name: 'a' })
      await first.flush()
      const second = orm.em.fork()
      const row = await second.findOneOrFail(Row, { name: 'a' })
      row.name = 'b'
      await second.flush()
      await second.remove(row).flush()
    })
    await orm.close()
    expect(found).toEqual(['insert', 'update', 'delete'])
  })

  const withSequelize = async (type: string) => {
    const name = `sequelize_${type}`
    await createTable(name, type)
    const orm = new Sequelize(db.url, { logging: false })
    const Row = orm.define(
      'Row',
      { at: { type: DataTypes.DATE, primaryKey: true }, name: DataTypes.TEXT },
      { tableName: name, timestamps: false, audited: true },
    )
    recordModels(orm)
    const found = await operationsBy(async () => {
      await Row.create({ at: moment, name: 'a' })
      const row = await Row.findOne({ where: { name: 'a' }, rejectOnEmpty: true })
      await row.update({ name: 'b' })
      await row.destroy()
    })
    await orm.close()
    return found
  }

  test('timestamptz: are recorded with Sequelize', async () => {
    expect(await withSequelize('timestamptz')).toEqual(['insert', 'update', 'delete'])
  })

  test('timestamp: are another time to Sequelize when it reads them, are not recorded, and check() says so', async () => {
    expect(await withSequelize('timestamp')).toEqual([])
    // the last call has deleted nothing
    expect(await db.query('select at::text from sequelize_timestamp')).toEqual([
      { at: '2026-03-04 02:30:00.123' },
    ])
    expect(await gapsOf(db, 'sequelize_timestamp')).toHaveLength(1)
  })
})
