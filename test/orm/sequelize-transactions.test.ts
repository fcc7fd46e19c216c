import pg from 'pg'
import { DataTypes, QueryTypes, Sequelize, type Model, type ModelStatic, type Transaction } from 'sequelize'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { auditClient } from '../../src/pg.ts'
import { recordModels } from '../../src/sequelize.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy, expectOwnActors, gapsOf } from '../support/listener.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy
let own: Sequelize
let unaudited: Sequelize
let bare: Sequelize

beforeAll(async () => {
  db = await openPostgres()
  proxy = await startCountingProxy(db.url)
  const open = (dialectModule: object) => {
    const sequelize = new Sequelize(proxy.url, { dialectModule, logging: false })
    sequelize.define('Tag', { name: DataTypes.TEXT }, { tableName: 'tag', timestamps: false, audited: true })
    return sequelize
  }
  own = open({ ...pg, Client: auditClient(pg.Client) })
  unaudited = open(pg)
  bare = open(pg)
  await own.sync()
  await createBackstory(db.database).trackAudited(own, { capture: 'listener' })
  recordModels(own)
  recordModels(unaudited)
})

afterAll(async () => {
  await own.close()
  await unaudited.close()
  await bare.close()
  await proxy.close()
  await db.close()
})

const tagsOf = (sequelize: Sequelize): ModelStatic<Model> => sequelize.model('Tag')

test('rows that many actors write at once are recorded each under its own', async () => {
  await expectOwnActors(db, 'tag', (name) => tagsOf(own).create({ name }))
})

test('nested transactions are recorded as far as they are kept', async () => {
  const Tag = tagsOf(own)
  const found = await entriesBy(db, () =>
    own.transaction(async (transaction) => {
      const outer = await Tag.create({ id: 100, name: 'outer' }, { transaction })
      await own
        .transaction({ transaction }, async (inner) => {
          await outer.update({ name: 'lost' }, { transaction: inner })
          await Tag.create({ id: 101, name: 'lost' }, { transaction: inner })
          throw new Error('back')
        })
        .catch(() => undefined)
      await own.transaction({ transaction }, (inner) =>
        Tag.create({ id: 102, name: 'kept' }, { transaction: inner }),
      )
    }),
  )
  expect(found).toEqual(['insert tag 100', 'insert tag 102'])
  expect(await gapsOf(db, 'tag')).toEqual([])
})

test.each([
  { clients: 'audited clients', audits: true, insertion: 0, change: 0 },
  { clients: 'clients that are not', audits: false, insertion: 1, change: 2 },
])(
  'in a transaction of $clients an insertion costs $insertion round trips more, any other write $change, many rows as one',
  async ({ audits, insertion, change }) => {
    const cost = async (
      sequelize: Sequelize,
      write: (Tag: ModelStatic<Model>, transaction: Transaction) => Promise<unknown>,
    ) =>
      sequelize.transaction(async (transaction) => {
        await sequelize.query('select 1', { transaction })
        proxy.reset()
        await write(tagsOf(sequelize), transaction)
        return proxy.traffic().roundTrips
      })
    const base = audits ? 1000 : 6000
    const more = async (
      write: (base: number) => (Tag: ModelStatic<Model>, transaction: Transaction) => Promise<unknown>,
    ) => (await cost(audits ? own : unaudited, write(base))) - (await cost(bare, write(base + 1000)))

    expect(await more((id) => (Tag, transaction) => Tag.create({ id, name: 'a' }, { transaction }))).toBe(
      insertion,
    )
    expect(
      await more(
        (first) => (Tag, transaction) =>
          Tag.bulkCreate(
            Array.from({ length: 100 }, (_, index) => ({ id: first + 1 + index, name: 'a' })),
            { transaction },
          ),
      ),
    ).toBe(insertion)
    expect(
      await more((id) => async (Tag, transaction) => {
        const tag = await Tag.findByPk(id, { transaction, rejectOnEmpty: true })
        await tag.update({ name: 'b' }, { transaction })
      }),
    ).toBe(change)
    expect(
      await more((id) => async (Tag, transaction) => {
        const tag = await Tag.findByPk(id, { transaction, rejectOnEmpty: true })
        await tag.destroy({ transaction })
      }),
    ).toBe(change)
  },
)

test('outside of a transaction a write costs those of its own one too', async () => {
  const count = async (sequelize: Sequelize, id: number) => {
    await sequelize.query('select 1')
    proxy.reset()
    await tagsOf(sequelize).create({ id, name: 'a' })
    return proxy.traffic().roundTrips
  }
  const without = await count(bare, 3000)
  expect((await count(unaudited, 4000)) - without).toBe(3)
  expect((await count(own, 5000)) - without).toBe(2)
})

test('a write in a transaction that is over is refused, and nothing of it reaches whoever has its client now', async () => {
  const tag = await tagsOf(own).create({ id: 7000, name: 'a' })
  const over = await own.transaction()
  await over.commit()
  const next = await own.transaction()
  expect(Reflect.get(next, 'connection')).toBe(Reflect.get(over, 'connection'))
  await expect(tag.update({ name: 'b' }, { transaction: over })).rejects.toThrow(
    'commit has been called on this transaction',
  )
  const photographs = await own.query(
    `select nullif(current_setting('backstory.photograph_1000', true), '') as kept`,
    { transaction: next, type: QueryTypes.SELECT },
  )
  await next.rollback()
  expect(photographs).toEqual([{ kept: null }])
})
