import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { audited } from '../../src/postgres.ts'
import { startCountingProxy, type CountingProxy, type Traffic } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { witnessTables } from './witness.ts'

let database: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy

beforeAll(async () => {
  database = await openPostgres()
  await database.run(witnessTables)
  proxy = await startCountingProxy(database.url)
})

afterAll(async () => {
  await proxy.close()
  await database.close()
})

type Work = (sql: postgres.Sql) => PromiseLike<unknown>

const writes: readonly { readonly title: string; readonly work: Work }[] = [
  { title: 'values', work: (sql) => sql`insert into deeds (note) values (${'a'}) returning note` },
  { title: 'no values', work: (sql) => sql`insert into deeds (note) values ('a')` },
  { title: 'a helper', work: (sql) => sql`insert into deeds ${sql([{ note: 'a' }, { note: 'b' }])}` },
  { title: 'a text', work: (sql) => sql.unsafe(`insert into deeds (note) values ('a')`) },
  { title: 'a text with values', work: (sql) => sql.unsafe('insert into deeds (note) values ($1)', ['a']) },
  { title: 'an error', work: (sql) => sql`insert into deeds (note) values (${null})`.catch(() => undefined) },
  {
    title: 'a transaction',
    work: (sql) =>
      sql.begin('isolation level serializable', async (transaction) => {
        await transaction`select 1`
        await transaction`insert into deeds (note) values (${'a'})`
        await transaction`insert into deeds (note) values (${'b'})`
      }),
  },
]

const reads: readonly { readonly title: string; readonly work: Work }[] = [
  { title: 'values', work: (sql) => sql`select ${'a'}::text as a` },
  { title: 'no values', work: (sql) => sql`select 1 as one` },
  { title: 'a text', work: (sql) => sql.unsafe('select 1 as one') },
  { title: 'rows as they come', work: (sql) => sql`select 1 as one`.forEach(() => undefined) },
  { title: 'a cursor', work: (sql) => sql`select generate_series(1, 3)`.cursor(() => undefined) },
  { title: 'a transaction', work: (sql) => sql.begin((transaction) => transaction`select 1 as one`) },
]

/** The traffic of doing something for the first, second and third time on a connection of its own. */
async function measure(prepare: boolean, wrap: (sql: postgres.Sql) => postgres.Sql, work: Work) {
  const sql = wrap(postgres(proxy.url, { max: 1, prepare, onnotice: () => undefined }))
  await sql`select 'connected'`
  const traffic: Traffic[] = []
  for (let time = 0; time < 3; time++) {
    proxy.reset()
    await actingAs({ userId: 'ada', reason: 'retcon' }, () => work(sql))
    traffic.push(proxy.traffic())
  }
  await sql.end()
  return traffic
}

const plain = (sql: postgres.Sql) => sql

describe.each([
  ['prepared', true],
  ['not prepared', false],
])('with statements that are %s', (_, prepare) => {
  test.each(writes)('a write takes no round trip more: $title', async ({ work }) => {
    const without = await measure(prepare, plain, work)
    const withActor = await measure(prepare, audited, work)
    expect(withActor.map(({ roundTrips }) => roundTrips)).toEqual(without.map(({ roundTrips }) => roundTrips))
    for (const { texts } of withActor) {
      expect(texts.filter((text) => text.includes('carry_context'))).toHaveLength(1)
    }
  })

  test.each(reads)('a read sends not a byte more: $title', async ({ work }) => {
    const without = await measure(prepare, plain, work)
    const withActor = await measure(prepare, audited, work)
    const told = (traffic: readonly Traffic[]) => traffic.map(({ messages, texts }) => ({ messages, texts }))
    expect(told(withActor)).toEqual(told(without))
    // the names of prepared statements are of random length
    const sizes = (traffic: readonly Traffic[]) => traffic.map(({ sentBytes }) => sentBytes)
    if (!prepare) expect(sizes(withActor)).toEqual(sizes(without))
  })
})
