import { MikroORM, OptimisticLockError, type EntityName } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { startCountingProxy, type CountingProxy } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy, expectOwnActors } from '../support/listener.ts'
import { readEntries } from '../support/log.ts'
import { Author, Book, Dragon, entities, Island, openLibrary, Plain, Tag } from './mikro-library.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy
let orm: MikroORM

beforeAll(async () => {
  db = await openPostgres()
  proxy = await startCountingProxy(db.url)
  orm = await openLibrary(proxy.url)
})

afterAll(async () => {
  await orm.close()
  await proxy.close()
  await db.close()
})

const entriesOf = (work: () => Promise<unknown>) => entriesBy(db, work)

async function removeById(entity: EntityName, id: number): Promise<void> {
  const em = orm.em.fork()
  await em.remove(await em.findOneOrFail(entity, { id })).flush()
}

describe('a flush', () => {
  test('records cascades of persistence, embeddables, rows between entities, with the actor', async () => {
    const found = await entriesOf(() =>
      actingAs({ userId: 'ada' }, async () => {
        const em = orm.em.fork()
        const tags = ['sea', 'fire'].map((name) => em.create(Tag, { name }))
        em.create(Author, {
          email: 'u@k',
          home: { street: 'High St' },
          books: [{ title: 'Tehanu', tags }, { title: 'Tombs' }],
        })
        await em.flush()
      }),
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
    const [author] = await readEntries(db, 'author')
    expect(author).toMatchObject({
      userId: 'ada',
      changes: { after: { id: 1, email: 'u@k', version: 1, home_street: 'High St', home_town: null } },
    })
  })

  test('records changes of embeddables, version columns, collections, orphans', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      const author = await em.findOneOrFail(Author, 1, { populate: ['books.tags'] })
      author.home = { street: 'Low St', town: 'Gont' }
      const [tehanu, tombs] = author.books.getItems()
      if (tehanu === undefined || tombs === undefined) throw new Error('Both are there.')
      author.books.remove(tombs)
      const [sea] = tehanu.tags.getItems()
      if (sea !== undefined) tehanu.tags.remove(sea)
      tehanu.tags.add(em.create(Tag, { name: 'air' }))
      await em.flush()
    })
    expect(found.toSorted()).toEqual([
      'delete book 2',
      'delete book_tags [1,1]',
      'insert book_tags [1,3]',
      'insert tag 3',
      'update author 1',
    ])
    expect((await readEntries(db, 'author')).at(-1)?.changes).toEqual({
      before: { home_street: 'High St', home_town: null, version: 1 },
      after: { home_street: 'Low St', home_town: 'Gont', version: 2 },
    })
  })

  test('records what is added to a collection that was not loaded, from either side', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      const book = await em.findOneOrFail(Book, 1)
      book.tags.add(em.getReference(Tag, 1))
      await em.flush()
      const other = orm.em.fork()
      const tag = await other.findOneOrFail(Tag, 3, { populate: ['books'] })
      tag.books.removeAll()
      await other.flush()
      // it is there already
      const again = orm.em.fork()
      const same = await again.findOneOrFail(Book, 1)
      same.tags.add(again.getReference(Tag, 1))
      await again.flush()
    })
    expect(found).toEqual(['insert book_tags [1,1]', 'delete book_tags [1,3]'])
  })

  test('records single-table and joined inheritance under the tables of the rows', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      const dragon = em.create(Dragon, { name: 'Kalessin' })
      const island = em.create(Island, { name: 'Roke', area: 3 })
      await em.flush()
      dragon.hoard = 7
      island.name = 'Gont'
      await em.flush()
      island.area = 4
      await em.flush()
      em.remove(island)
      await em.remove(dragon).flush()
    })
    expect(found.toSorted()).toEqual([
      'delete creature 1',
      'delete island 1',
      'delete place 1',
      'insert creature 1',
      'insert island 1',
      'insert place 1',
      'update creature 1',
      'update island 1',
      'update place 1',
    ])
  })

  test('records what a foreign key takes along with a removed entity, one step far', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      em.create(Author, {
        id: 50,
        email: 'x@y',
        books: [
          { id: 50, title: 'a' },
          { id: 51, title: 'b' },
        ],
      })
      await em.flush()
      await removeById(Author, 50)
    })
    expect(found.slice(3).toSorted()).toEqual(['delete author 50', 'delete book 50', 'delete book 51'])
    const ofBook = await entriesOf(() => removeById(Book, 1))
    expect(ofBook.toSorted()).toEqual(['delete book 1', 'delete book_tags [1,1]', 'delete book_tags [1,2]'])
  })

  test('records a soft delete as the update that it is', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      const book = em.create(Book, { id: 60, title: 'Wind' })
      await em.flush()
      book.deleted_at = new Date()
      await em.flush()
    })
    expect(found).toEqual(['insert book 60', 'update book 60'])
  })

  test('records an upsert inside of a transaction as what it came to', async () => {
    const upsert = (email: string, id?: number) =>
      orm.em.fork().transactional((em) => em.upsert(Author, { ...(id === undefined ? {} : { id }), email }))
    expect(await entriesOf(() => upsert('new@k', 70))).toEqual(['insert author 70'])
    expect(await entriesOf(() => upsert('other@k', 70))).toEqual(['update author 70'])
    expect(await entriesOf(() => upsert('other@k'))).toEqual([])
    const many = () =>
      orm.em.fork().transactional((em) =>
        em.upsertMany(Author, [
          { id: 70, email: 'third@k' },
          { id: 71, email: 'fourth@k' },
        ]),
      )
    expect((await entriesOf(many)).toSorted()).toEqual(['insert author 71', 'update author 70'])
  })

  test('records nothing of an optimistic lock that is lost', async () => {
    const em = orm.em.fork()
    const author = await em.findOneOrFail(Author, 1)
    await db.run('update author set version = version + 1 where id = 1')
    author.email = 'late@k'
    const found = await entriesOf(() => expect(em.flush()).rejects.toBeInstanceOf(OptimisticLockError))
    expect(found).toEqual([])
  })

  test('records what was written before a flush failed, where the transaction is committed all the same', async () => {
    const found = await entriesOf(() =>
      orm.em.fork().transactional(async (em) => {
        const author = await em.findOneOrFail(Author, 1)
        await db.run('update author set version = version + 1 where id = 1')
        em.create(Tag, { id: 80, name: 'kept' })
        author.email = 'late@k'
        await expect(em.flush()).rejects.toBeInstanceOf(OptimisticLockError)
        em.clear()
        expect(await em.count(Tag, { id: 80 })).toBe(1)
      }),
    )
    expect(found).toEqual(['insert tag 80'])
  })

  test('records nested transactions as far as they are kept', async () => {
    const found = await entriesOf(() =>
      orm.em.fork().transactional(async (em) => {
        em.create(Tag, { id: 81, name: 'outer' })
        await em.flush()
        await em
          .transactional(async (inner) => {
            inner.create(Tag, { id: 82, name: 'lost' })
            await inner.flush()
            throw new Error('back')
          })
          .catch(() => undefined)
        await em.transactional(async (inner) => {
          const tag = await inner.findOneOrFail(Tag, 81)
          tag.name = 'inner'
          inner.create(Tag, { id: 83, name: 'kept' })
        })
      }),
    )
    expect(found).toEqual(['insert tag 81', 'insert tag 83', 'update tag 81'])
  })

  test('of many entity managers at once is recorded each under its own actor', async () => {
    await expectOwnActors(db, 'tag', (name) => {
      const em = orm.em.fork()
      em.create(Tag, { name })
      return em.flush()
    })
  })

  test('costs no round trip more, whatever it writes', async () => {
    const bare = await MikroORM.init({ entities, clientUrl: proxy.url, contextName: 'bare' })
    await bare.em.fork().execute('select 1')
    const cost = async (target: MikroORM, base: number, kind: 'insert' | 'all') => {
      const em = target.em.fork()
      const books = Array.from({ length: 100 }, (_, index) =>
        em.create(Book, { id: base + index, title: 'a' }),
      )
      const tags = Array.from({ length: 100 }, (_, index) => em.create(Tag, { id: base + index, name: 'a' }))
      if (kind === 'all') {
        await em.flush()
        books.slice(0, 50).forEach((book) => (book.title = 'b'))
        tags.slice(0, 50).forEach((tag) => em.remove(tag))
        Array.from({ length: 50 }, (_, index) => em.create(Tag, { id: base + 500 + index, name: 'c' }))
      }
      proxy.reset()
      await em.flush()
      return proxy.traffic().roundTrips
    }
    expect((await cost(orm, 1000, 'insert')) - (await cost(bare, 2000, 'insert'))).toBe(0)
    expect((await cost(orm, 3000, 'all')) - (await cost(bare, 4000, 'all'))).toBe(0)
    await bare.close()
  })

  test('that writes only what is not tracked costs nothing more', async () => {
    proxy.reset()
    const em = orm.em.fork()
    em.create(Plain, { name: 'x' })
    await em.flush()
    expect(proxy.traffic().texts.join()).not.toContain('backstory')
  })
})

test('a table that is not tracked, or by trigger, fails the flush and leaves no connection behind', async () => {
  const other = await MikroORM.init({
    entities,
    clientUrl: db.url,
    contextName: 'other',
    pool: { max: 1 },
    extensions: [auditExtension({ track: [Plain], capture: 'listener' })],
  })
  const write = async () => {
    const em = other.em.fork()
    em.create(Plain, { name: 'y' })
    await em.flush()
  }
  await expect(write()).rejects.toMatchObject({ code: 'not_tracked' })
  await createBackstory(db.database).track('plain')
  await expect(write()).rejects.toMatchObject({ code: 'tracked_otherwise' })
  expect(await db.query(`select * from plain where name = 'y'`)).toEqual([])
  await other.close()
})
