import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/index.ts'
import { createRecorder } from '../../src/orm/recorder.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { announce, createHeroes, flushClientOfPg, insertStranger, renameHero } from '../support/flush.ts'
import { readEntries } from '../support/log.ts'

/** A client that sends statements past its own `query`, which is where an audited one takes note of them. */
class DetouringClient extends pg.Client {
  detour(config: pg.QueryConfig): Promise<pg.QueryResult> {
    return super.query(config)
  }
}

const recorder = createRecorder()
let db: Awaited<ReturnType<typeof openPostgres>>
let client: DetouringClient
let start: number

beforeAll(async () => {
  db = await openPostgres()
  await createHeroes(db)
})

afterAll(() => db.close())

beforeEach(async () => {
  await db.run(`truncate hero, stranger, deed; insert into hero values (1, 'Ged'), (2, 'Tenar')`)
  start = (await readEntries(db)).length
  client = audited(new DetouringClient({ connectionString: db.url }))
  await client.connect()
  return () => client.end()
})

const notTracked = { name: 'BackstoryError', code: 'not_tracked' }
const strangers = () => db.query('select id from stranger')

async function written(): Promise<readonly string[]> {
  return (await readEntries(db))
    .slice(start)
    .map(
      ({ action, elementType, elementId, userId }) =>
        `${action} ${elementType} ${elementId}${userId === null ? '' : ` by ${userId}`}`,
    )
}

describe('what is held back stays where a rollback is not sent, since', () => {
  test.each([
    ['its name is that of another statement', () => client.query({ name: 'taken', text: 'rollback' })],
    [
      'a value of it cannot be written',
      () =>
        client.query({
          text: 'rollback',
          values: [
            {
              toPostgres: () => {
                throw new Error('not to be written')
              },
            },
          ],
        }),
    ],
  ])('%s', async (_, rollback) => {
    await client.query({ name: 'taken', text: 'select 1' })
    await client.query('begin')
    await renameHero(client, 1, 'Sparrowhawk')
    await expect(rollback()).rejects.toThrow(/must be unique|not to be written/)
    await client.query('commit')
    expect(await written()).toEqual(['update hero 1'])
  })

  test('and is not sent after one that the database refuses', async () => {
    await client.query('begin')
    await renameHero(client, 1, 'lost')
    await expect(client.query('rollback to nowhere')).rejects.toMatchObject({ code: '3B001' })
    expect((await client.query('commit')).command).toBe('ROLLBACK')
    expect(await written()).toEqual([])
  })
})

describe('a commit that is sent past the client', () => {
  const commits: readonly (readonly [string, pg.QueryConfig])[] = [
    ['as a text', { text: 'commit' }],
    ['prepared', { name: 'end', text: 'commit' }],
    ['by the name of what is prepared', { name: 'known', text: '' }],
  ]

  beforeEach(() => client.query({ name: 'known', text: 'commit' }))

  test.each(commits)('%s takes along what is held back', async (_, commit) => {
    await client.query('begin')
    await renameHero(client, 1, 'Sparrowhawk')
    await client.detour(commit)
    expect(await written()).toEqual(['update hero 1'])
  })

  test.each(commits)('%s fails where that cannot be recorded', async (_, commit) => {
    await client.query('begin')
    await insertStranger(client)
    await expect(client.detour(commit)).rejects.toMatchObject(notTracked)
    expect(await strangers()).toEqual([])
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})

test('a commit by the name of what is prepared does not become a silent rollback', async () => {
  await client.query({ name: 'end', text: 'commit' })
  await client.query('begin')
  await insertStranger(client)
  await expect(client.query({ name: 'end', text: '' })).rejects.toMatchObject(notTracked)
  expect(await strangers()).toEqual([])
})

test('a statement that the driver refuses leaves the failure to the next', async () => {
  await client.query({ name: 'taken', text: 'select 1' })
  await client.query('begin')
  await insertStranger(client)
  await expect(client.query({ name: 'taken', text: 'select 2' })).rejects.toThrow(/must be unique/)
  await expect(client.query('commit')).rejects.toMatchObject(notTracked)
  expect(await strangers()).toEqual([])
})

test('a record without an actor does not take that of what was written since its photograph', async () => {
  await client.query('begin')
  const flush = await recorder.photograph(flushClientOfPg(client), [announce('update', 1)])
  await client.query(`update hero set name = 'Sparrowhawk' where id = 1`)
  await actingAs({ userId: 'ada' }, () => client.query(`insert into deed values (1, 'of a hook')`))
  await flush.record()
  await client.query('commit')
  expect(await written()).toEqual(['insert deed 1 by ada', 'update hero 1'])
})

test('flushes that are photographed at once are recorded by a pg that forgets what it has sent', async () => {
  // as those before 8.23 do
  Object.defineProperty(Reflect.get(client, 'connection'), 'submittedNamedStatements', { get: () => ({}) })
  for (const name of ['a', 'b', 'c']) {
    await client.query('begin')
    const flushes = [
      await recorder.photograph(flushClientOfPg(client), [announce('update', 1)]),
      await recorder.photograph(flushClientOfPg(client), [announce('update', 2)]),
    ]
    await client.query('update hero set name = $1', [name])
    for (const flush of flushes) await flush.record()
    await client.query('commit')
  }
  expect(await written()).toHaveLength(6)
})

test('the error of a database that refuses an entry says that it is of the recording', async () => {
  await db.run(`alter table audit_logs add constraint no_one check (element_id <> '1') not valid`)
  await client.query('begin')
  await renameHero(client, 1, 'lost')
  await expect(client.query('commit')).rejects.toMatchObject({
    code: '23514',
    message: expect.stringMatching(/^Backstory could not record this write, .* "no_one"$/),
  })
  await db.run('alter table audit_logs drop constraint no_one')
  expect(await db.query('select name from hero where id = 1')).toEqual([{ name: 'Ged' }])
})

test('a flush in a database without Backstory says so, for an installation in another schema too', async () => {
  const elsewhere = audited(new pg.Client({ connectionString: db.url }), { schema: 'elsewhere' })
  await elsewhere.connect()
  await elsewhere.query('begin')
  await createRecorder({ schema: 'elsewhere' }).photograph(flushClientOfPg(elsewhere), [
    announce('update', 1),
  ])
  await expect(elsewhere.query('update hero set name = null')).rejects.toMatchObject({
    name: 'BackstoryError',
    code: 'not_installed',
  })
  await elsewhere.end()
})
