import pg from 'pg'
import { DataTypes, Sequelize, type Model, type ModelStatic } from 'sequelize'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { recordModels } from '../../src/sequelize.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy, expectBlindSpots, expectRefused, gapsOf } from '../support/listener.ts'
import { readEntries } from '../support/log.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy
let orm: Sequelize
let Book: ModelStatic<Model>
let Tag: ModelStatic<Model>

beforeAll(async () => {
  db = await openPostgres()
  proxy = await startCountingProxy(db.url)
  orm = new Sequelize(proxy.url, { dialect: 'postgres', dialectModule: pg, logging: false })
  Book = orm.define(
    'Book',
    { title: DataTypes.TEXT, number: { type: DataTypes.INTEGER, field: 'book_number' } },
    {
      tableName: 'book',
      paranoid: true,
      version: true,
      scopes: { numbered: { where: { number: 7 } } },
    },
  )
  Tag = orm.define('Tag', { name: DataTypes.TEXT }, { tableName: 'tag', timestamps: false })
  Book.hasMany(Tag, { foreignKey: 'book_id', onDelete: 'CASCADE' })
  await orm.sync()
  for (const table of ['book', 'tag'])
    await createBackstory(db.database).track(table, { capture: 'listener' })
  recordModels(orm, { track: [Book, Tag] })
  recordModels(orm, { track: [Book, Tag] })
})

afterAll(async () => {
  await orm.close()
  await proxy.close()
  await db.close()
})

const entriesOf = (work: () => Promise<unknown>) => entriesBy(db, work)

describe('models of Sequelize', () => {
  test('record creation with what is included, change, soft and hard removal, in a transaction of their own', async () => {
    const found = await entriesOf(() =>
      actingAs({ userId: 'ada' }, async () => {
        const book = await Book.create({ title: 'a', number: 1, Tags: [{ name: 'x' }] }, { include: [Tag] })
        await book.update({ title: 'b' })
        await book.destroy()
        await book.restore()
        await Tag.bulkCreate([{ name: 'y' }, { name: 'z' }])
        await (await Tag.findByPk(2))?.destroy()
      }),
    )
    expect(found).toEqual([
      'insert tag 1',
      'insert book 1',
      'update book 1',
      'update book 1',
      'update book 1',
      'insert tag 2',
      'insert tag 3',
      'delete tag 2',
    ])
    expect((await readEntries(db)).every(({ userId }) => userId === 'ada')).toBe(true)
  })

  test('record nothing that is rolled back, of a lock that is lost, or that fails', async () => {
    const found = await entriesOf(async () => {
      await orm
        .transaction(async (transaction) => {
          await Tag.create({ name: 'lost' }, { transaction })
          throw new Error('back')
        })
        .catch(() => undefined)
      const book = await Book.findByPk(1, { rejectOnEmpty: true })
      await db.run('update book set version = version + 1')
      await expect(book.update({ title: 'late' })).rejects.toThrow(/stale/)
      await expect(Tag.create({ name: 'x', book_id: 404 })).rejects.toThrow(/foreign key/)
    })
    expect(found).toEqual([])
  })

  test.each([
    ['upsert', () => Tag.upsert({ id: 1, name: 'x' })],
    ['truncate', () => Tag.truncate()],
    ['destroy', () => Tag.destroy({ truncate: true })],
    ['update of keys', () => Tag.update({ id: 77 }, { where: { id: 1 } })],
    ['bulkCreate', () => Tag.bulkCreate([{ id: 1, name: 'x' }], { updateOnDuplicate: ['name'] })],
    ['bulkCreate that skips', () => Tag.bulkCreate([{ id: 1, name: 'x' }], { ignoreDuplicates: true })],
  ])('refuse a %s that does not say which rows, and nothing is written', async (_, write) => {
    await expectRefused(db, 'tag', write)
  })

  test('record what a condition finds: update, increment, soft and hard removal, restoration, in a scope too', async () => {
    const books = await Book.bulkCreate(
      [7, 7, 8].map((number) => ({ title: 'many', number })),
      { returning: true },
    )
    const [one, two, three] = books.map((book) => String(book.get('id')))
    const where = { title: 'many' }
    const of = async (work: () => Promise<unknown>) =>
      (await entriesOf(work)).map((entry) => entry.replace(' book', ''))
    expect(await of(() => Book.update({ number: 9 }, { where: { number: 404 } }))).toEqual([])
    expect(await of(() => Book.scope('numbered').update({ title: 'many' }, { where }))).toEqual([
      `update ${one}`,
      `update ${two}`,
    ])
    expect(await of(() => Book.increment('number', { by: 2, where: { title: 'many', number: 8 } }))).toEqual([
      `update ${three}`,
    ])
    expect(await of(() => Book.destroy({ where: { ...where, number: [7, 10] } }))).toEqual([
      `update ${one}`,
      `update ${two}`,
      `update ${three}`,
    ])
    expect(await of(() => Book.restore({ where: { number: 10 } }))).toEqual([`update ${three}`])
    expect(await of(() => Book.destroy({ where: { title: 'many' }, force: true }))).toEqual([
      `delete ${one}`,
      `delete ${two}`,
      `delete ${three}`,
    ])
  })

  test('record each call of many as one flush, with individual hooks too', async () => {
    const hook = async (book: Model) => {
      // two titles: so that it saves them one by one
      book.set('title', `hooked ${String(book.get('id'))}`)
      await Promise.resolve()
    }
    Book.addHook('beforeUpdate', 'each', hook)
    const cost = async (work: () => Promise<unknown>) => {
      proxy.reset()
      const entries = await entriesOf(work)
      const texts = proxy.traffic().texts.map((text) => /photograph|record_flush/.exec(text)?.[0] ?? '')
      return [
        entries.length,
        texts.filter((text) => text === 'photograph').length,
        texts.filter((text) => text === 'record_flush').length,
      ]
    }
    const rows = Array.from({ length: 20 }, () => ({ title: 'cost', number: 20 }))
    expect(await cost(() => Book.bulkCreate(rows))).toEqual([20, 0, 1])
    expect(await cost(() => Book.bulkCreate(rows, { individualHooks: true }))).toEqual([20, 0, 1])
    expect(
      await cost(() => Book.update({ title: 'x' }, { where: { title: 'cost' }, individualHooks: true })),
    ).toEqual([40, 1, 1])
    expect(await cost(() => Book.update({ title: 'y' }, { where: { number: 20 } }))).toEqual([40, 1, 1])
    expect(await cost(() => Book.destroy({ where: { number: 20 }, force: true }))).toEqual([40, 1, 1])
    Book.removeHook('beforeUpdate', 'each')
  })

  test('record what a foreign key takes along with a row, one step far', async () => {
    const [one, two] = await Book.bulkCreate([{ title: 'taken' }, { title: 'taken' }], { returning: true })
    const tags = await Tag.bulkCreate(
      [one, one, two].map((book) => ({ name: 'along', book_id: book?.get('id') })),
      { returning: true },
    )
    const [first, second, third] = tags.map((tag) => String(tag.get('id')))
    expect(await entriesOf(async () => one?.destroy({ force: true }))).toEqual([
      `delete book ${String(one?.get('id'))}`,
      `delete tag ${first}`,
      `delete tag ${second}`,
    ])
    expect(await entriesOf(() => Book.destroy({ where: { title: 'taken' }, force: true }))).toEqual([
      `delete book ${String(two?.get('id'))}`,
      `delete tag ${third}`,
    ])
  })

  test('write no row that another session lets fulfil the condition meanwhile', async () => {
    const [row] = await Tag.bulkCreate([{ name: 'race' }], { returning: true })
    await orm.transaction(async (transaction) => {
      Tag.addHook('beforeBulkUpdate', 'race', async () => {
        await db.run(`insert into tag (name) values ('race')`)
      })
      await Tag.update({ name: 'won' }, { where: { name: 'race' }, transaction })
      Tag.removeHook('beforeBulkUpdate', 'race')
    })
    expect(await db.query(`select id from tag where name = 'won'`)).toEqual([{ id: row?.get('id') }])
    await db.run(`delete from tag where name = 'race'`)
  })

  test('leave no entry of SQL and of the query interface, and check() finds both', async () => {
    const found = await entriesOf(async () => {
      await orm.query(`update tag set name = 'by SQL' where id = 3`)
      await orm.getQueryInterface().bulkInsert('tag', [{ id: 5000, name: 'by the query interface' }])
    })
    expect(found).toEqual([])
    expect(await gapsOf(db, 'tag')).toEqual(['changed 3 /name', 'inserted 5000 '])
  })

  test('leave no entry of what a trigger writes to other rows, of other programs and truncate, and check() finds them', async () => {
    await expectBlindSpots(db, (name) => Tag.create({ name }))
  })
})
