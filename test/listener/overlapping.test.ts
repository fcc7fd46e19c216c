import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { audited } from '../../src/pg.ts'
import { createRecorder, type FlushClient } from '../../src/orm/recorder.ts'
import { describeOnEveryDatabase } from '../support/database.ts'
import { announce, createHeroes, flushClientOf, flushClientOfPg } from '../support/flush.ts'
import { readEntries } from '../support/log.ts'

const recorder = createRecorder()

describeOnEveryDatabase('flushes that overlap in one transaction', (db) => {
  let start = 0
  beforeAll(() => createHeroes(db()))
  beforeEach(async () => {
    await db().run(`truncate hero; insert into hero values (1, 'a'), (2, 'a')`)
    start = (await readEntries(db())).length
  })
  const written = async () =>
    (await readEntries(db()))
      .slice(start)
      .map(({ action, elementId, changes }) => [`${action} ${elementId}`, changes])
  const change = (id: number, from: string, to: string) => [
    `update ${id}`,
    { before: { name: from }, after: { name: to } },
  ]
  type Run = (text: string) => Promise<unknown>
  const connections: [string, (work: (client: FlushClient, run: Run) => Promise<void>) => Promise<void>][] = [
    [
      'a connection that waits',
      (work) => db().session((session) => work(flushClientOf(session), (text) => session.run(text))),
    ],
    [
      'a connection that holds them back',
      async (work) => {
        const { database } = db()
        if (!(database instanceof pg.Pool)) return
        const client = audited(new pg.Client(database.options))
        await client.connect()
        try {
          await work(flushClientOfPg(client), (text) => client.query(text))
        } finally {
          await client.end()
        }
      },
    ],
  ]
  describe.each(connections)('on %s', (_, connect) => {
    test('record a change of one row once', async () => {
      await connect(async (client, run) => {
        for (const [first, second] of [
          ['a', 'b'],
          ['c', 'd'],
          ['e', 'f'],
        ] as const) {
          await run('begin')
          await run(`update hero set name = 'a'`)
          const one = await recorder.photograph(client, [announce('update', 1)])
          const other = await recorder.photograph(client, [announce('update', 1), announce('update', 2)])
          await run(`update hero set name = 'one of ${first}' where id = 1`)
          await one.record()
          await run(`update hero set name = 'other of ${second}'`)
          await other.record()
          await run('commit')
          expect(await written()).toEqual([
            change(1, 'a', `one of ${first}`),
            change(1, `one of ${first}`, `other of ${second}`),
            change(2, 'a', `other of ${second}`),
          ])
          start = (await readEntries(db())).length
        }
      })
    })

    test('record it once where both have written before, in either order', async () => {
      await connect(async (client, run) => {
        for (const order of [
          [0, 1],
          [1, 0],
        ]) {
          await run('begin')
          await run(`update hero set name = 'a'`)
          const open = [
            await recorder.photograph(client, [announce('update', 1)]),
            await recorder.photograph(client, [announce('update', 1)]),
          ]
          await run(`update hero set name = 'b' where id = 1`)
          await run(`update hero set name = 'c' where id = 1`)
          for (const one of order) await open[one]?.record()
          await run('commit')
          expect(await written()).toEqual([change(1, 'a', 'c')])
          start = (await readEntries(db())).length
        }
      })
    })

    test('record what one inserts and the other deletes', async () => {
      await connect(async (client, run) => {
        await run('begin')
        const first = await recorder.photograph(client, [announce('upsert', 3), announce('delete', 1)])
        const second = await recorder.photograph(client, [announce('upsert', 3), announce('update', 1)])
        await run(`insert into hero values (3, 'new'); delete from hero where id = 1`)
        await first.record()
        await run(`update hero set name = 'newer' where id = 3; insert into hero values (1, 'again')`)
        await second.record()
        await run('commit')
        if ((await written()).length === 0) return
        expect((await written()).map(([what]) => what)).toEqual([
          'insert 3',
          'delete 1',
          'update 3',
          'insert 1',
        ])
      })
    })
  })
})
