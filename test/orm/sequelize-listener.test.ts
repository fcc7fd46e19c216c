import pg from 'pg'
import { DataTypes, Sequelize, type Model, type ModelStatic } from 'sequelize'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { recordModels } from '../../src/sequelize.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy, expectRefused } from '../support/listener.ts'
import { readEntries } from '../support/log.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
let orm: Sequelize
let Book: ModelStatic<Model>
let Tag: ModelStatic<Model>

beforeAll(async () => {
  db = await openPostgres()
  orm = new Sequelize(db.url, { dialect: 'postgres', dialectModule: pg, logging: false })
  Book = orm.define(
    'Book',
    { title: DataTypes.TEXT, number: { type: DataTypes.INTEGER, field: 'book_number' } },
    { tableName: 'book', paranoid: true, version: true },
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
    ['update', () => Tag.update({ name: 'x' }, { where: { id: 1 } })],
    ['destroy', () => Tag.destroy({ where: { id: 1 } })],
    ['upsert', () => Tag.upsert({ id: 1, name: 'x' })],
    ['increment', () => Book.increment('number', { where: { id: 1 } })],
    ['restore', () => Book.restore({ where: { id: 1 } })],
    ['truncate', () => Tag.truncate()],
    ['bulkCreate', () => Tag.bulkCreate([{ id: 1, name: 'x' }], { updateOnDuplicate: ['name'] })],
  ])('refuse a %s that does not say which rows, and nothing is written', async (_, write) => {
    await expectRefused(db, 'tag', write)
  })

  test('leave no entry of SQL and of cascades, and check() finds both', async () => {
    const found = await entriesOf(async () => {
      await orm.query(`update tag set name = 'by SQL' where id = 3`)
      await (await Book.findByPk(1, { rejectOnEmpty: true })).destroy({ force: true })
    })
    expect(found).toEqual(['delete book 1'])
    const { gaps } = await createBackstory(db.database).check({ elementType: 'tag' })
    expect(gaps.map(({ kind, elementId, path }) => `${kind} ${elementId} ${path}`)).toEqual([
      'deleted 1 ',
      'changed 3 /name',
    ])
  })
})
