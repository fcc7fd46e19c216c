import { expect, test } from 'vitest'

import { createRecorder } from '../../src/orm/recorder.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { announce, createHeroes, flushClientOf } from '../support/flush.ts'
import { readEntries } from '../support/log.ts'

const recorder = createRecorder()

describeOnEveryDatabase('a photograph', (db) => {
  test('that was rolled back is not taken for the one that came after it', async () => {
    await createHeroes(db())
    await db().run(`insert into hero values (1, 'one'), (2, 'other')`)
    await db().session(async (session) => {
      const photograph = (id: number) => recorder.photograph(flushClientOf(session), [announce('update', id)])
      await session.run('begin; savepoint s')
      const first = await photograph(1)
      await session.run('rollback to s')
      const second = await photograph(2)
      await session.run(`update hero set name = 'changed' where id = 2; savepoint t`)
      await expect(first.record()).rejects.toMatchObject({ code: 'invalid_argument' })
      await session.run('rollback to t')
      await second.record()
      await session.run('commit')
    })
    expect((await readEntries(db())).map(({ elementId, changes }) => [elementId, changes])).toEqual([
      ['2', { before: { name: 'other' }, after: { name: 'changed' } }],
    ])
  })

  test('is kept beside any number of others', async () => {
    await db().session(async (session) => {
      await session.run('begin')
      const open: Awaited<ReturnType<typeof recorder.photograph>>[] = []
      for (let number = 0; number < 1002; number++) {
        open.push(await recorder.photograph(flushClientOf(session), [announce('update', 1)]))
      }
      await session.run(`update hero set name = 'last' where id = 1`)
      for (const one of [1001, 0, 1000]) await open[one]?.record()
      await session.run('commit')
    })
    expect((await readEntries(db())).at(-1)?.changes).toMatchObject({ after: { name: 'last' } })
  })
})
