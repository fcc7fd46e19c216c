import { DataSource, EntitySchema, type ObjectLiteral } from 'typeorm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/typeorm.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy, expectBlindSpots, expectOwnActors, expectRefused } from '../support/listener.ts'
import { readEntries } from '../support/log.ts'

const id = { type: 'int', primary: true, generated: 'increment' } as const
const text = { type: 'text' } as const

const Address = new EntitySchema<ObjectLiteral>({
  name: 'Address',
  columns: { street: { type: 'text', nullable: true } },
})
const Author = new EntitySchema<ObjectLiteral>({
  name: 'Author',
  tableName: 'author',
  columns: { id, name: text, version: { type: 'int', version: true } },
  embeddeds: { home: { schema: Address, prefix: 'home_' } },
  relations: {
    books: { type: 'one-to-many', target: 'Book', inverseSide: 'author', cascade: true },
  },
})
const Book = new EntitySchema<ObjectLiteral>({
  name: 'Book',
  tableName: 'book',
  columns: { id, name: text, deleted_at: { type: 'timestamptz', nullable: true, deleteDate: true } },
  relations: {
    author: {
      type: 'many-to-one',
      target: 'Author',
      inverseSide: 'books',
      joinColumn: { name: 'author_id' },
      nullable: true,
      onDelete: 'CASCADE',
      orphanedRowAction: 'delete',
    },
    tags: {
      type: 'many-to-many',
      target: 'Tag',
      cascade: true,
      joinTable: {
        name: 'book_tags',
        joinColumn: { name: 'book_id' },
        inverseJoinColumn: { name: 'tag_id' },
      },
    },
  },
})
const Tag = new EntitySchema<ObjectLiteral>({ name: 'Tag', tableName: 'tag', columns: { id, name: text } })
const entities = [Author, Book, Tag]
const tables = ['author', 'book', 'tag', 'book_tags']

let db: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy
let orm: DataSource
let bare: DataSource

beforeAll(async () => {
  db = await openPostgres()
  proxy = await startCountingProxy(db.url)
  bare = await new DataSource({ type: 'postgres', url: proxy.url, entities, synchronize: true }).initialize()
  for (const table of tables) await createBackstory(db.database).track(table, { capture: 'listener' })
  orm = audited(await new DataSource({ type: 'postgres', url: proxy.url, entities }).initialize(), {
    capture: 'listener',
    track: [Author, Book, 'Tag'],
  })
})

afterAll(async () => {
  await orm.destroy()
  await bare.destroy()
  await proxy.close()
  await db.close()
})

const entriesOf = (work: () => Promise<unknown>) => entriesBy(db, work)

describe('a save', () => {
  test('records cascades, embedded entities, rows between entities, with the actor', async () => {
    const found = await entriesOf(() =>
      actingAs({ userId: 'ada' }, () =>
        orm.manager.save(Author, {
          name: 'Ursula',
          home: { street: 'High St' },
          books: [{ name: 'Tehanu', tags: [{ name: 'sea' }, { name: 'fire' }] }, { name: 'Tombs' }],
        }),
      ),
    )
    expect(found.toSorted()).toEqual([
      'insert author 1',
      'insert book 1',
      'insert book 2',
      'insert book_tags [1,1]',
      'insert book_tags [1,2]',
      'insert tag 1',
      'insert tag 2',
    ])
    expect((await readEntries(db, 'author'))[0]).toMatchObject({
      userId: 'ada',
      changes: { after: { id: 1, name: 'Ursula', version: 1, home_Street: 'High St' } },
    })
  })

  test('records changes, version columns, orphans, and what changes between entities', async () => {
    const found = await entriesOf(async () => {
      const author = await orm.manager.findOneOrFail(Author, {
        where: { id: 1 },
        relations: { books: { tags: true } },
        order: { books: { id: 'ASC', tags: { id: 'ASC' } } },
      })
      author['home'].street = 'Low St'
      author['books'].pop()
      author['books'][0].tags = [author['books'][0].tags[1], { name: 'air' }]
      await orm.manager.save(Author, author)
    })
    expect(found.toSorted()).toEqual([
      'delete book 2',
      'delete book_tags [1,1]',
      'insert book_tags [1,3]',
      'insert tag 3',
      'update author 1',
    ])
    expect((await readEntries(db, 'author')).at(-1)?.changes).toEqual({
      before: { version: 1, home_Street: 'High St' },
      after: { version: 2, home_Street: 'Low St' },
    })
  })

  test('of a stale copy records what the row was, not what the copy was', async () => {
    const tag = await orm.manager.findOneByOrFail(Tag, { id: 1 })
    await db.run(`update tag set name = 'changed meanwhile' where id = 1`)
    await orm.manager.save(Tag, { ...tag, name: 'mine' })
    expect((await readEntries(db, 'tag')).at(-1)?.changes).toEqual({
      before: { name: 'changed meanwhile' },
      after: { name: 'mine' },
    })
  })

  test('records soft removal, recovery, removal, and what a foreign key takes along one step far', async () => {
    const book = async () => orm.manager.findOneOrFail(Book, { where: { id: 1 }, withDeleted: true })
    expect(await entriesOf(async () => orm.manager.softRemove(Book, await book()))).toEqual(['update book 1'])
    expect(await entriesOf(async () => orm.manager.recover(Book, await book()))).toEqual(['update book 1'])
    const found = await entriesOf(async () =>
      orm.manager.remove(Author, await orm.manager.findOneByOrFail(Author, { id: 1 })),
    )
    expect(found.toSorted()).toEqual(['delete author 1', 'delete book 1'])
    const { gaps } = await createBackstory(db.database).check({ elementType: 'book_tags' })
    expect(gaps.map(({ kind, elementId }) => `${kind} ${elementId}`)).toEqual([
      'deleted [1,2]',
      'deleted [1,3]',
    ])
  })

  test('is recorded as far as its transaction is kept', async () => {
    const found = await entriesOf(() =>
      orm.transaction(async (manager) => {
        const outer = await manager.save(Tag, { name: 'outer' })
        await manager
          .transaction(async (inner) => {
            await inner.save(Tag, { name: 'lost' })
            throw new Error('back')
          })
          .catch(() => undefined)
        await manager.transaction((inner) => inner.save(Tag, { ...outer, name: 'inner' }))
        // violates the foreign key: the savepoint takes back the photograph too
        await manager
          .transaction((inner) => inner.save(Book, { name: 'x', author: { id: 404 } }))
          .catch(() => undefined)
        await manager.save(Tag, { name: 'after' })
      }),
    )
    expect(found).toEqual([
      expect.stringMatching('insert tag'),
      expect.stringMatching('update tag'),
      expect.stringMatching('insert tag'),
    ])
    expect(
      await entriesOf(() =>
        orm
          .transaction(async (manager) => {
            await manager.save(Tag, { name: 'lost' })
            throw new Error('back')
          })
          .catch(() => undefined),
      ),
    ).toEqual([])
  })

  test('of many at once is recorded each under its own actor', async () => {
    await expectOwnActors(db, 'tag', (name) => orm.manager.save(Tag, { name }))
  })

  test('costs no round trip more, whatever it writes', async () => {
    const cost = async (target: DataSource, base: number) => {
      await target.query('select 1')
      const book = (offset: number) => ({
        id: base + offset,
        name: 'a',
        tags: [{ id: base + offset, name: 'b' }],
      })
      proxy.reset()
      const saved = await target.manager.save(
        Book,
        Array.from({ length: 50 }, (_, index) => book(index)),
      )
      const inserting = proxy.traffic().roundTrips
      for (const one of saved)
        Object.assign(one, { name: 'c', tags: [{ id: base + 500 + one.id, name: 'd' }] })
      proxy.reset()
      await target.manager.save(Book, saved)
      return { inserting, changing: proxy.traffic().roundTrips }
    }
    const own = await cost(orm, 10_000)
    const without = await cost(bare, 20_000)
    expect(own.inserting - without.inserting).toBe(0)
    expect(own.changing - without.changing).toBe(0)
  })
})

describe('what TypeORM does not announce', () => {
  const inTransaction = (work: (manager: DataSource['manager']) => Promise<unknown>) => () =>
    orm.transaction(work)

  test.each([
    ['insert', () => orm.manager.insert(Tag, { name: 'x' })],
    ['insert in a transaction', inTransaction((manager) => manager.insert(Tag, { name: 'x' }))],
    ['update', () => orm.manager.update(Tag, { id: 10 }, { name: 'x' })],
    ['update in a transaction', inTransaction((manager) => manager.update(Tag, { id: 10 }, { name: 'x' }))],
    ['increment', () => orm.manager.increment(Author, { id: 10 }, 'version', 1)],
    ['delete', () => orm.manager.delete(Tag, { id: 10 })],
    ['softDelete', () => orm.manager.softDelete(Book, { id: 10 })],
    ['restore', () => orm.manager.restore(Book, { id: 10 })],
    ['upsert', () => orm.manager.upsert(Tag, { id: 10, name: 'x' }, ['id'])],
    [
      'upsert in a transaction',
      inTransaction((manager) => manager.upsert(Tag, { id: 10, name: 'x' }, ['id'])),
    ],
    ['a query builder', () => orm.createQueryBuilder().update(Tag).set({ name: 'x' }).execute()],
    ['a relation builder', () => orm.createQueryBuilder().relation(Book, 'tags').of(10_000).add(10)],
    ['save without a transaction', () => orm.manager.save(Tag, { name: 'x' }, { transaction: false })],
  ])('%s is refused, and nothing is written', async (_, write) => {
    await expectRefused(db, 'tag', write)
  })

  test.each([
    ['SQL', () => orm.query(`insert into tag (name) values ('SQL')`)],
    [
      'a query builder without listeners',
      () =>
        orm
          .createQueryBuilder()
          .insert()
          .into(Tag)
          .values({ name: 'a query builder without listeners' })
          .callListeners(false)
          .execute(),
    ],
    [
      'a save without listeners',
      () => orm.manager.save(Tag, { name: 'a save without listeners' }, { listeners: false }),
    ],
  ])('%s leaves no entry, and check() finds it', async (name, write) => {
    expect(await entriesOf(write)).toEqual([])
    const { gaps } = await createBackstory(db.database).check({ elementType: 'tag' })
    expect(gaps.map(({ kind, found }) => ({ kind, found }))).toContainEqual({
      kind: 'inserted',
      found: { id: expect.any(Number), name },
    })
  })

  test('what a trigger writes to other rows, other programs and truncate leave no entry, and check() finds them', async () => {
    await expectBlindSpots(db, (name) => orm.manager.save(Tag, { name }))
  })
})

test('audited refuses what is no DataSource, and options that it does not know', async () => {
  expect(() => audited(new DataSource({ type: 'postgres' }))).toThrow(/initialize/)
  expect(() => audited(bare, { capture: 'listener', track: ['Nobody'] })).toThrow(/Nobody/)
  expect(() => audited(bare, { capture: 'listener' })).toThrow(/nothing would be recorded/)
  // @ts-expect-error there is no such option
  expect(() => audited(bare, { tracks: [] })).toThrow(/tracks/)
})
