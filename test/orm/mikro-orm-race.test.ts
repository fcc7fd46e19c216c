import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { auditExtension } from '../../src/mikro-orm.ts'
import { openPostgres } from '../support/database.ts'
import { readEntries } from '../support/log.ts'

const Label = defineEntity({
  name: 'Label',
  tableName: 'label',
  audited: true,
  properties: { id: p.integer().primary(), name: p.text() },
})
const Shelf = defineEntity({
  name: 'Shelf',
  tableName: 'shelf',
  audited: true,
  properties: {
    id: p.integer().primary(),
    labels: () =>
      p.manyToMany(Label).pivotTable('shelf_labels').joinColumn('shelf_id').inverseJoinColumn('label_id'),
    books: () => p.oneToMany(Book).mappedBy('shelf'),
  },
})
const Book = defineEntity({
  name: 'Book',
  tableName: 'book',
  audited: true,
  properties: {
    id: p.integer().primary(),
    shelf: () => p.manyToOne(Shelf).joinColumn('shelf_id').nullable(),
  },
})

let db: Awaited<ReturnType<typeof openPostgres>>
let orm: MikroORM

beforeAll(async () => {
  db = await openPostgres()
  orm = await MikroORM.init({
    entities: [Label, Shelf, Book],
    clientUrl: db.url,
    extensions: [auditExtension({ capture: 'listener' })],
  })
  await orm.schema.create()
  await createBackstory(db.database).trackAudited(orm, { capture: 'listener' })
  const em = orm.em.fork()
  for (const id of [1, 2]) em.create(Shelf, { id })
  for (const id of [1, 2]) em.create(Label, { id, name: String(id) })
  await em.flush()
})

afterAll(async () => {
  await orm.close()
  await db.close()
})

/** Flushes while another session, past MikroORM, is writing: it commits when the flush waits for it. */
async function flushBeside(statement: string, flush: () => Promise<void>): Promise<readonly string[]> {
  const before = (await readEntries(db)).length
  const other = new pg.Client({ connectionString: db.url })
  await other.connect()
  await other.query('begin')
  await other.query(statement)
  const flushed = flush()
  await untilBlocked()
  await other.query('commit')
  await other.end()
  await flushed
  return (await readEntries(db))
    .slice(before)
    .map(({ action, elementType, elementId }) => `${action} ${elementType} ${elementId}`)
}

async function untilBlocked(): Promise<void> {
  for (;;) {
    const [row] = await db.query(`
      select count(*)::integer as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`)
    if (row?.['waiting'] === 1) return
  }
}

test('what is added to a collection while all of it is replaced is recorded as gone', async () => {
  const found = await flushBeside('insert into shelf_labels (shelf_id, label_id) values (1, 1)', async () => {
    const em = orm.em.fork()
    const shelf = await em.findOneOrFail(Shelf, 1)
    shelf.labels.set([em.getReference(Label, 2)])
    await em.flush()
  })
  expect(found).toEqual(['delete shelf_labels [1,1]', 'insert shelf_labels [1,2]'])
})

test('what is added to a collection of one to many while all of it is replaced is recorded as taken out', async () => {
  const found = await flushBeside('insert into book (id, shelf_id) values (1, 2)', async () => {
    const em = orm.em.fork()
    const shelf = await em.findOneOrFail(Shelf, 2)
    shelf.books.removeAll()
    await em.flush()
  })
  expect(found).toEqual(['update book 1'])
})
