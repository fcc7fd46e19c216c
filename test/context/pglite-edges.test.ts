import { PGlite } from '@electric-sql/pglite'
import { identifier, raw } from '@electric-sql/pglite/template'
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { audited } from '../../src/pglite.ts'
import { openPglite } from '../support/database.ts'
import { witnessTables, witnessedBy } from './witness.ts'

let opened: Awaited<ReturnType<typeof openPglite>>
let db: PGlite

beforeAll(async () => {
  opened = await openPglite()
  await opened.run(witnessTables)
  db = audited(opened.database)
})

afterAll(() => opened.close())

beforeEach(() => opened.run('truncate deeds, witnessed'))

const asAda = <Value>(work: () => PromiseLike<Value>) => actingAs({ userId: 'ada' }, work)
const lines = () => witnessedBy(opened.query)

test('audited gives the same object, of the same type, once', () => {
  expectTypeOf(db).toEqualTypeOf<PGlite>()
  expect(db).toBe(opened.database)
  expect(audited(db)).toBe(db)
  expect(() => audited(db, { schema: 'other' })).toThrow(
    expect.objectContaining({ code: 'invalid_argument' }),
  )
  const stranger = { query: async () => [], exec: async () => [], transaction: async () => [] }
  expect(() => audited(stranger)).toThrow(expect.objectContaining({ code: 'cannot_carry_context' }))
})

describe('a write carries the actor', () => {
  test('with spliced text and names, and all options of a query', async () => {
    const insert = raw`insert into`
    await asAda(() => db.sql`${insert} ${identifier`deeds`} (note) values (${'1'})`)
    await asAda(() =>
      db.transaction((transaction) => transaction.sql`${insert} deeds (note) values (${'2'})`),
    )
    const { rows, affectedRows } = await asAda(() =>
      db.query(`insert into deeds (note) values ($1) returning note`, ['3'], { rowMode: 'array' }),
    )
    expect({ rows, affectedRows }).toEqual({ rows: [['3']], affectedRows: 1 })
    await asAda(() => db.query(`copy deeds (note) from '/dev/blob'`, [], { blob: new Blob(['4\n5\n']) }))
    expect(await lines()).toEqual(['1 by ada', '2 by ada', '3 by ada', '4 by ada', '5 by ada'])
  })

  test('in a text of several statements, and gives the results that it gives without', async () => {
    const text = `select 1 as one; insert into deeds (note) values ('a'), ('b') returning note; update deeds set note = 'c'; select 2 as two`
    const expected = await db.exec(text)
    await opened.run('truncate deeds, witnessed')
    expect(await asAda(() => db.exec(text))).toEqual(expected)
    expect(await lines()).toEqual(['a by ada', 'b by ada', 'c by ada', 'c by ada'])
  })

  test('in transactions within a text', async () => {
    await asAda(() =>
      db.exec(
        `begin isolation level serializable; insert into deeds (note) values ('1'); commit; insert into deeds (note) values ('2')`,
      ),
    )
    expect(await lines()).toEqual(['1 by ada', '2 by ada'])
  })

  test('in a transaction by hand, whose actor changes and goes away', async () => {
    await db.exec('begin')
    await db.query(`insert into deeds (note) values ('1')`)
    await asAda(() => db.query('insert into deeds (note) values ($1)', ['2']))
    await db.exec('savepoint s')
    await actingAs({ userId: 'bob' }, () => db.exec(`insert into deeds (note) values ('undone')`))
    await db.query('rollback to s')
    await actingAs({ userId: 'bob' }, () => db.query(`insert into deeds (note) values ('3')`))
    await db.query(`insert into deeds (note) values ('4')`)
    await db.exec('commit')
    expect(await lines()).toEqual(['1 by nobody', '2 by ada', '3 by bob', '4 by nobody'])
  })

  test('in the order in which queries are given, awaited or not', async () => {
    await asAda(() =>
      db.transaction(async (transaction) => {
        const notes = ['1', '2', '3'].map((note) =>
          transaction.query('insert into deeds (note) values ($1)', [note]),
        )
        await Promise.all(notes)
      }),
    )
    await Promise.all(
      ['ada', 'bob', undefined, 'cyd'].map((userId) =>
        actingAs({ userId }, () => db.query('insert into deeds (note) values ($1)', [userId ?? 'nobody'])),
      ),
    )
    expect(await lines()).toEqual([
      ...['1 by ada', '2 by ada', '3 by ada'],
      ...['ada by ada', 'bob by bob', 'nobody by nobody', 'cyd by cyd'],
    ])
  })
})

test('a transaction that is rolled back leaves no entry, and no actor', async () => {
  await asAda(() =>
    db.transaction(async (transaction) => {
      await transaction.query(`insert into deeds (note) values ('undone')`)
      await transaction.rollback()
    }),
  )
  await expect(
    asAda(() =>
      db.transaction(async (transaction) => {
        await transaction.query(`insert into deeds (note) values ('undone')`)
        throw new Error('no')
      }),
    ),
  ).rejects.toThrow('no')
  await db.query(`insert into deeds (note) values ('1')`)
  expect(await lines()).toEqual(['1 by nobody'])
})

test("a function that a read calls never writes under another's name", async () => {
  await db.transaction(async (transaction) => {
    await asAda(() => transaction.query(`insert into deeds (note) values ('1')`))
    await actingAs({ userId: 'bob' }, () => transaction.query(`select do_deed('2')`))
    await transaction.query(`select do_deed('3')`)
  })
  expect(await lines()).toEqual(['1 by ada', '2 by bob', '3 by nobody'])
})

test('what must stand alone still works inside actingAs', async () => {
  await asAda(() => db.query('vacuum deeds'))
  await asAda(() => db.query(`call do_deeds_in_steps('step')`))
  await asAda(() => db.runExclusive(async () => 'alone'))
  expect(await lines()).toEqual(['step 1 by nobody', 'step 2 by nobody'])
})

test('an error has the position that it has without an actor', async () => {
  const texts = [
    `insert into nowhere values (1)`,
    `insert into deeds (note) values ('😀'); insert into nowhere values (1)`,
  ]
  for (const text of texts) {
    const error = await db.exec(text).catch((reason: unknown) => reason)
    const { position } = Object(error)
    await expect(asAda(() => db.exec(text))).rejects.toMatchObject({ code: '42P01', position })
  }
  await expect(asAda(() => db.query('insert into nowhere values (1)'))).rejects.toMatchObject({
    position: '13',
  })
})

test('a database without Backstory says so, and only where there is an actor to record', async () => {
  const empty = audited(await PGlite.create())
  await empty.exec('create table deeds (note text)')
  const writes: readonly (() => Promise<unknown>)[] = [
    () => empty.query(`insert into deeds (note) values ('a')`),
    () => empty.exec(`insert into deeds (note) values ('a')`),
    () => empty.transaction((transaction) => transaction.query(`insert into deeds (note) values ('a')`)),
  ]
  for (const write of writes) {
    await expect(asAda(write)).rejects.toMatchObject({ code: 'not_installed', cause: { code: '3F000' } })
    await write()
  }
  expect((await asAda(() => empty.query('select note from deeds'))).rows).toHaveLength(3)
  await empty.close()
})
