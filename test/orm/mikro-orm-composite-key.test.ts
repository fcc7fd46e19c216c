import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

const Book = defineEntity({
  name: 'Book',
  tableName: 'book',
  properties: { id: p.integer().primary(), title: p.text() },
})
const Review = defineEntity({
  name: 'Review',
  tableName: 'review',
  properties: {
    book: () => p.manyToOne(Book).primary().joinColumn('book_id').deleteRule('cascade'),
    reader: p.text().primary(),
    body: p.text(),
  },
})

let db: Awaited<ReturnType<typeof openPostgres>>
let orm: MikroORM

beforeAll(async () => {
  db = await openPostgres()
  orm = await MikroORM.init({
    entities: [Book, Review],
    clientUrl: db.url,
    extensions: [auditExtension({ track: [Book, Review], capture: 'listener' })],
  })
  await orm.schema.create()
  for (const table of ['book', 'review']) {
    await createBackstory(db.database).track(table, { capture: 'listener' })
  }
  const em = orm.em.fork()
  em.create(Book, { id: 1, title: 'Tehanu' })
  await em.flush()
})

afterAll(async () => {
  await orm.close()
  await db.close()
})

test('an element whose key is made of a relation is recorded, whether it was loaded or not', async () => {
  const em = orm.em.fork()
  em.create(Review, { book: 1, reader: 'ada', body: 'good' })
  await em.flush()
  em.clear()
  const loaded = await em.findOneOrFail(Review, { book: 1, reader: 'ada' })
  loaded.body = 'bad'
  await em.flush()
  em.clear()
  em.getReference(Review, [1, 'ada']).body = 'so-so'
  await em.flush()
  em.clear()
  await em.remove(em.getReference(Review, [1, 'ada'])).flush()
  expect((await readEntries(db, 'review')).map(({ action, elementId }) => `${action} ${elementId}`)).toEqual(
    ['insert', 'update', 'update', 'delete'].map((action) => `${action} [1,"ada"]`),
  )
})
