import { expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import type { Sight } from '../../src/db/sight.ts'
import { openPostgres } from '../support/database.ts'

test('the label of an element that is older than its tracking is not read from its row past a sight', async () => {
  const db = await openPostgres()
  const pool = audited(db.database)
  const backstory = createBackstory(pool)
  await pool.query(`create table things (id integer primary key, world text, title text, size integer)`)
  await pool.query(`insert into things values (1, '1', 'before', 1)`)
  await backstory.track('things', { scope: 'world', label: 'title' })
  await actingAs({ userId: 'ada' }, () => pool.query('update things set size = 2'))
  await actingAs({ userId: 'bo' }, () =>
    pool.query(`update things set world = '2', title = 'kept from them'`),
  )
  await pool.query('alter table things rename column title to heading')
  const labels = async (sight: Sight) => {
    const narrowed = backstory.narrowed(sight)
    const { entries } = await narrowed.entries({})
    return [...(await narrowed.labels(entries)).values()]
  }
  for (const sight of [{ scopes: ['1'] }, { userIds: ['ada'] }, { withhold: { things: ['title'] } }]) {
    expect(await labels(sight)).not.toContain('kept from them')
  }
  expect(await labels({ elementTypes: ['things'] })).toContain('kept from them')
  await db.close()
})
