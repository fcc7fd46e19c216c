import { MikroORM } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { auditExtension } from '../../src/mikro-orm.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy, expectBlindSpots, expectRefused, gapsOf } from '../support/listener.ts'
import { Author, Creature, entities, openLibrary, Plain, Tag } from './mikro-library.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
let orm: MikroORM

beforeAll(async () => {
  db = await openPostgres()
  orm = await openLibrary(db.url)
  const em = orm.em.fork()
  em.create(Tag, { name: 'sea' })
  await em.flush()
})

afterAll(async () => {
  await orm.close()
  await db.close()
})

test.each([
  ['em.insert', () => orm.em.fork().insert(Tag, { name: 'x' })],
  ['em.insertMany', () => orm.em.fork().insertMany(Tag, [{ name: 'x' }])],
  ['em.nativeUpdate', () => orm.em.fork().nativeUpdate(Tag, { id: 1 }, { name: 'x' })],
  ['em.nativeDelete', () => orm.em.fork().nativeDelete(Tag, { id: 1 })],
  ['em.upsert outside of a transaction', () => orm.em.fork().upsert(Tag, { id: 1, name: 'x' })],
  [
    'em.upsert by what is not unique',
    () => orm.em.fork().transactional((em) => em.upsert(Tag, { name: 'x' }, { onConflictFields: ['id'] })),
  ],
  [
    'em.nativeUpdate inside of a transaction',
    () => orm.em.fork().transactional((em) => em.nativeUpdate(Tag, { id: 1 }, { name: 'x' })),
  ],
])('%s is refused, and nothing is written', async (_, write) => {
  await expectRefused(db, 'tag', write)
  await orm.em.fork().nativeDelete(Plain, { id: 1000 })
})

test('what is refused is called as its caller called it', async () => {
  await expect(orm.em.fork().insert(Tag, { name: 'x' })).rejects.toThrow(
    'Listener capture does not see a write to Tag by em.insert. Use the unit of work',
  )
  await expect(orm.em.fork().upsert(Tag, { id: 1, name: 'x' })).rejects.toThrow(
    'Listener capture does not see an upsert of Tag outside of a transaction',
  )
})

test.each([
  [
    'a query builder',
    () => orm.em.fork().createQueryBuilder(Creature).insert({ id: 901, kind: 'dragon', name: 'x' }).execute(),
    'inserted 901 ',
  ],
  [
    'em.execute',
    () => orm.em.fork().execute(`insert into creature (id, kind, name) values (902, 'dragon', 'x')`),
    'inserted 902 ',
  ],
  [
    'em.getKysely',
    () =>
      orm.em
        .fork()
        .getKysely<{ creature: { id: number; kind: string; name: string } }>()
        .insertInto('creature')
        .values({ id: 903, kind: 'dragon', name: 'x' })
        .execute(),
    'inserted 903 ',
  ],
])('%s leaves no entry, and check() finds it', async (_, write, gap) => {
  expect(await entriesBy(db, write)).toEqual([])
  expect(await gapsOf(db, 'creature')).toContain(gap)
})

test('a cascade that goes more than one step leaves no entry, and check() finds it', async () => {
  const em = orm.em.fork()
  em.create(Author, {
    id: 90,
    email: 'c@k',
    books: [{ id: 90, title: 'a', tags: [{ id: 90, name: 'z' }] }],
  })
  await em.flush()
  const found = await entriesBy(db, async () => {
    const other = orm.em.fork()
    await other.remove(await other.findOneOrFail(Author, 90)).flush()
  })
  expect(found.toSorted()).toEqual(['delete author 90', 'delete book 90'])
  expect(await gapsOf(db, 'book_tags')).toEqual(['deleted [90,90] '])
})

test('what a trigger writes to other rows, other programs and truncate leave no entry, and check() finds them', async () => {
  await expectBlindSpots(db, (name) => {
    const em = orm.em.fork()
    em.create(Tag, { name })
    return em.flush()
  })
})

test('a flush without a transaction is refused when the ORM is made', async () => {
  const init = MikroORM.init({
    entities,
    clientUrl: db.url,
    contextName: 'without transactions',
    implicitTransactions: false,
    extensions: [auditExtension({ track: [Tag], capture: 'listener' })],
  })
  await expect(init).rejects.toMatchObject({ code: 'invalid_argument' })
})
