import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { openPostgres } from '../support/database.ts'
import { entriesBy } from '../support/listener.ts'

const Book = defineEntity({
  name: 'Book',
  tableName: 'book',
  audited: true,
  properties: {
    id: p.integer().primary(),
    title: p.text(),
    reviews: () => p.oneToMany(Review).mappedBy('book'),
    cover: () => p.oneToOne(Cover).mappedBy('book').nullable(),
  },
})
const Cover = defineEntity({
  name: 'Cover',
  tableName: 'cover',
  audited: true,
  properties: {
    book: () => p.oneToOne(Book).primary().owner().joinColumn('book_id').deleteRule('cascade'),
    colour: p.text(),
  },
})
const Review = defineEntity({
  name: 'Review',
  tableName: 'review',
  audited: true,
  properties: {
    book: () => p.manyToOne(Book).primary().joinColumn('book_id').deleteRule('cascade'),
    reader: p.text().primary(),
    body: p.text(),
    comments: () => p.oneToMany(Comment).mappedBy('review').orphanRemoval(),
    tags: () => p.manyToMany(Tag).pivotTable('review_tags'),
  },
})
const Comment = defineEntity({
  name: 'Comment',
  tableName: 'comment',
  audited: true,
  properties: {
    id: p.integer().primary(),
    text: p.text(),
    review: () =>
      p
        .manyToOne(Review)
        .joinColumns('review_book_id', 'review_reader')
        .deleteRule('cascade')
        .updateRule('cascade'),
  },
})
const Tag = defineEntity({
  name: 'Tag',
  tableName: 'tag',
  audited: true,
  properties: { id: p.integer().primary(), name: p.text() },
})

describe.each(['trigger', 'listener'] as const)('keys of MikroORM, by %s', (capture) => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let orm: MikroORM

  beforeAll(async () => {
    db = await openPostgres()
    orm = await MikroORM.init({
      entities: [Book, Cover, Review, Comment, Tag],
      clientUrl: db.url,
      extensions: [auditExtension({ capture })],
    })
    await orm.schema.create()
    await createBackstory(db.database).trackAudited(orm, { capture })
  })
  afterAll(async () => {
    await orm.close()
    await db.close()
  })

  const entriesOf = async (work: () => Promise<unknown>) => (await entriesBy(db, work)).toSorted()

  test('that are made of relations are those of the entries, of what is between composite ones too', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      const book = em.create(Book, { id: 1, title: 'Tehanu' })
      em.create(Cover, { book, colour: 'blue' })
      em.create(Review, {
        book,
        reader: 'ada',
        body: 'good',
        comments: [{ id: 1, text: 'yes' }],
        tags: [{ id: 1, name: 'long' }],
      })
      await em.flush()
    })
    expect(found).toEqual([
      'insert book 1',
      'insert comment 1',
      'insert cover 1',
      'insert review [1,"ada"]',
      'insert review_tags [1,"ada",1]',
      'insert tag 1',
    ])
  })

  test('that are composite are found by what points to them', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      const review = await em.findOneOrFail(Review, { reader: 'ada' }, { populate: ['comments', 'tags'] })
      review.comments.add(em.create(Comment, { id: 2, text: 'no', review }))
      const [first] = review.comments.getItems()
      if (first !== undefined) review.comments.remove(first)
      review.tags.removeAll()
      review.body = 'better'
      await em.flush()
    })
    expect(found).toEqual([
      'delete comment 1',
      'delete review_tags [1,"ada",1]',
      'insert comment 2',
      'update review [1,"ada"]',
    ])
  })

  test('that change are the deletion of one element and the insertion of another', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      em.create(Book, { id: 5, title: 'Tombs' })
      await em.flush()
      em.clear()
      const book = await em.findOneOrFail(Book, 5)
      book.id = 6
      await em.flush()
    })
    expect(found).toEqual(['delete book 5', 'insert book 5', 'insert book 6'])
  })

  test('that change in one part are the same, and so is what follows them in the database', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      const review = await em.findOneOrFail(Review, { reader: 'ada' }, { populate: ['tags'] })
      review.tags.add(em.getReference(Tag, 1))
      await em.flush()
      review.reader = 'bo'
      await em.flush()
    })
    expect(found).toEqual([
      'delete review [1,"ada"]',
      'delete review_tags [1,"ada",1]',
      'insert review [1,"bo"]',
      'insert review_tags [1,"ada",1]',
      'insert review_tags [1,"bo",1]',
      'update comment 2',
    ])
  })

  test('go with what they point to when it is removed', async () => {
    const found = await entriesOf(async () => {
      const em = orm.em.fork()
      await em.remove(await em.findOneOrFail(Review, { reader: 'bo' })).flush()
      em.create(Review, { book: 1, reader: 'cy', body: 'fine' })
      await em.flush()
      em.clear()
      await em.remove(await em.findOneOrFail(Book, 1)).flush()
    })
    expect(found).toEqual([
      'delete book 1',
      'delete comment 2',
      'delete cover 1',
      'delete review [1,"bo"]',
      'delete review [1,"cy"]',
      'delete review_tags [1,"bo",1]',
      'insert review [1,"cy"]',
    ])
    expect(await createBackstory(db.database).check()).toEqual({ gaps: [], isComplete: true })
  })
})
