import { expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'

test('a restoration names the entries that it undoes to whoever sees them, and all of them in the log', async () => {
  const db = await openPostgres()
  const backstory = createBackstory(db.database)
  await db.run('create table notes (id integer primary key, body text, secret text)')
  await backstory.track('notes')
  await db.run(`insert into notes values (1, 'first', 'a')`)
  const { entries } = await backstory.entries({})
  const [inserted] = entries
  await db.run(`update notes set secret = 'b' where id = 1`)
  await db.run(`update notes set body = 'second' where id = 1`)
  await db.run(`update notes set secret = 'c' where id = 1`)
  const [, seen] = (await backstory.entries({})).entries
  const to = { to: inserted ?? new Date() }
  const narrowed = backstory.narrowed({ withhold: { notes: ['secret'] } }).element('notes', 1)
  expect((await narrowed.previewRestore(to)).changes).toMatchObject([{ undoes: [seen?.id] }])
  expect((await narrowed.restore(to)).changes).toMatchObject([{ undoes: [seen?.id] }])
  const [written] = (await backstory.entries({})).entries
  expect(written?.changes).toEqual({ before: { body: 'second' }, after: { body: 'first' } })
  expect(written?.context?.['undoes']).toHaveLength(3)
  await db.close()
})
