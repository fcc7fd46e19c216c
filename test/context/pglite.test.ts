import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/pglite.ts'
import { openPglite } from '../support/database.ts'
import { witnessedBy, witnessTables } from './witness.ts'

describe('audited PGlite', () => {
  let db: Awaited<ReturnType<typeof openPglite>>
  const witnessed = () => witnessedBy(db.query)

  beforeAll(async () => {
    db = await openPglite()
    await db.run(witnessTables)
    audited(db.database)
  })
  afterEach(() => db.run('delete from deeds; truncate witnessed restart identity'))
  afterAll(() => db.close())

  test('carries the actor with query, sql, exec and a transaction', async () => {
    const pglite = db.database
    await actingAs({ userId: 'ada' }, () => pglite.query('insert into deeds (note) values ($1)', ['query']))
    await actingAs({ userId: 'bo' }, () => pglite.sql`insert into deeds (note) values (${'sql'})`)
    await actingAs({ userId: 'cy' }, () => pglite.exec(`insert into deeds (note) values ('exec')`))
    await actingAs({ userId: 'dee' }, () =>
      pglite.transaction(async (transaction) => {
        await transaction.query(`insert into deeds (note) values ('transaction')`)
        await actingAs({ userId: 'ada' }, () =>
          transaction.exec(`insert into deeds (note) values ('changed')`),
        )
      }),
    )
    await pglite.query(`insert into deeds (note) values ('alone')`)
    expect(await witnessed()).toEqual([
      'query by ada',
      'sql by bo',
      'exec by cy',
      'transaction by dee',
      'changed by ada',
      'alone by nobody',
    ])
  })

  test('gives the rows of the write, and its errors', async () => {
    const { rows } = await actingAs({ userId: 'ada' }, () =>
      db.database.query<{ note: string }>(`insert into deeds (note) values ('a') returning note`),
    )
    expect(rows).toEqual([{ note: 'a' }])
    await expect(
      actingAs({ userId: 'ada' }, () => db.database.query('insert into deeds (note) values (null)')),
    ).rejects.toMatchObject({ code: '23502' })
    expect(await witnessed()).toEqual(['a by ada'])
  })

  test('writes of backstory.transaction carry it, a function call too', async () => {
    await actingAs({ userId: 'ada' }, () =>
      createBackstory(db.database).transaction((transaction) =>
        transaction.query(`select do_deed('called')`),
      ),
    )
    expect(await witnessed()).toEqual(['called by ada'])
  })
})
