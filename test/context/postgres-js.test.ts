import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/postgres.ts'
import { openPostgres } from '../support/database.ts'
import { witnessedBy, witnessTables } from './witness.ts'

describe('audited postgres.js', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let sql: postgres.Sql
  const witnessed = () => witnessedBy((text) => db.query(text))

  beforeAll(async () => {
    db = await openPostgres()
    await db.run(witnessTables)
    sql = audited(postgres(db.url, { max: 2, onnotice: () => undefined }))
  })
  afterEach(() => db.run('truncate witnessed restart identity; delete from deeds; truncate witnessed'))
  afterAll(async () => {
    await sql.end()
    await db.close()
  })

  test('carries the actor with a tagged write, an unsafe one, and one that is begun outside and awaited inside', async () => {
    await actingAs({ userId: 'ada' }, () => sql`insert into deeds (note) values (${'tagged'})`)
    await actingAs({ userId: 'bo' }, () => sql.unsafe(`insert into deeds (note) values ('unsafe')`))
    await sql`insert into deeds (note) values ('alone')`
    expect(await witnessed()).toEqual(['tagged by ada', 'unsafe by bo', 'alone by nobody'])
  })

  test('gives the rows and the count of the write, not those of the rider', async () => {
    const rows = await actingAs(
      { userId: 'ada' },
      () => sql<{ note: string }[]>`insert into deeds (note) values ('a'), ('b') returning note`,
    )
    expect(rows.map(({ note }) => note)).toEqual(['a', 'b'])
    expect(rows.count).toBe(2)
    expect(rows.command).toBe('INSERT')
  })

  test('carries it through a transaction, a change of actor, and a savepoint that is rolled back', async () => {
    await actingAs({ userId: 'ada' }, () =>
      sql.begin(async (transaction) => {
        await transaction`insert into deeds (note) values ('one')`
        await transaction
          .savepoint(async (inner) => {
            await actingAs({ userId: 'bo' }, () => inner`insert into deeds (note) values ('lost')`)
            throw new Error('back')
          })
          .catch(() => undefined)
        await transaction`insert into deeds (note) values ('two')`
        await actingAs({ userId: 'bo' }, () => transaction`insert into deeds (note) values ('three')`)
        await actingAs({ userId: undefined }, () => transaction`insert into deeds (note) values ('four')`)
      }),
    )
    expect(await witnessed()).toEqual(['one by ada', 'two by ada', 'three by bo', 'four by nobody'])
  })

  test('rejects with the error of the write, and leaves nothing of it', async () => {
    await expect(
      actingAs({ userId: 'ada' }, () => sql`insert into deeds (note) values (${null})`),
    ).rejects.toMatchObject({ code: '23502' })
    await sql`insert into deeds (note) values ('after')`
    expect(await witnessed()).toEqual(['after by nobody'])
  })

  test('writes of backstory.transaction carry it, a function call too', async () => {
    await actingAs({ userId: 'ada' }, () =>
      createBackstory(sql).transaction((transaction) => transaction`select do_deed('called')`),
    )
    expect(await witnessed()).toEqual(['called by ada'])
  })
})
