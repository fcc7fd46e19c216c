import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'

test('an entry that commits late is found at its place, by readers that come after: pages read before do not have it', async () => {
  const db = await openPostgres()
  const backstory = createBackstory(db.database)
  await db.run(`create table raced (id integer primary key); select backstory.track('raced')`)
  const read = async (cursor?: string) => {
    const page = await backstory.entries({
      elementType: 'raced',
      order: 'oldest',
      limit: 1,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return { ids: page.entries.map(({ elementId }) => elementId), cursor: page.nextCursor }
  }
  await db.session(async (slow) => {
    await slow.run('begin; insert into raced values (1)')
    await db.run('insert into raced values (2); insert into raced values (3)')
    const first = await read()
    expect(first.ids).toEqual(['2'])
    await slow.run('commit')
    expect((await read(first.cursor ?? '')).ids).toEqual(['3'])
    const { entries } = await backstory.entries({ elementType: 'raced', order: 'oldest' })
    expect(entries.map(({ elementId }) => elementId)).toEqual(['1', '2', '3'])
  })
  await db.close()
})
