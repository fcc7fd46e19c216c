import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { audited } from '../../src/pg.ts'
import { startCountingProxy, type CountingProxy, type Traffic } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { pgbouncerMissing, startPgbouncer } from '../support/pgbouncer.ts'
import { callStyles, copyInto, preparations, statement, textStyles } from './pg-styles.ts'
import { witnessTables } from './witness.ts'

const bouncerMissing = pgbouncerMissing()

let database: Awaited<ReturnType<typeof openPostgres>>
let proxy: CountingProxy
let plain: pg.Client
let client: pg.Client

beforeAll(async () => {
  database = await openPostgres()
  await database.run(witnessTables)
  proxy = await startCountingProxy(database.url)
  plain = new pg.Client({ connectionString: proxy.url })
  client = audited(new pg.Client({ connectionString: proxy.url }))
  await plain.connect()
  await client.connect()
})

afterAll(async () => {
  await plain.end()
  await client.end()
  await proxy.close()
  await database.close()
})

async function measure(work: () => Promise<unknown>): Promise<Traffic> {
  proxy.reset()
  await work().catch(() => undefined)
  return proxy.traffic()
}

const acting = <Value>(work: () => Promise<Value>) => actingAs({ userId: 'ada', reason: 'retcon' }, work)

const executions = ({ messages }: Traffic) => messages.filter((name) => name === 'Execute').length

const insert = 'insert into deeds (note) values ($1), ($2) returning note'

describe.each(preparations)('a %s statement', (preparation) => {
  test.each(callStyles)('that writes takes no round trip more, as $title', async ({ run }) => {
    for (const _ of ['first', 'again']) {
      const without = await measure(() => run(plain, insert, ['a', 'b'], preparation))
      const withActor = await measure(() => acting(() => run(client, insert, ['a', 'b'], preparation)))
      expect(withActor.roundTrips).toBe(without.roundTrips)
      expect(executions(withActor)).toBe(executions(without) + 1)
      expect(withActor.messages.filter((name) => name === 'Sync')).toEqual(
        without.messages.filter((name) => name === 'Sync'),
      )
    }
  })

  test.each(callStyles)('that reads sends not a byte more, as $title', async ({ run }) => {
    for (const _ of ['first', 'again']) {
      const read = (target: pg.Client) =>
        run(target, 'select $1::text as a, $2::text as b', ['a', 'b'], preparation)
      const without = await measure(() => read(plain))
      const withActor = await measure(() => acting(() => read(client)))
      // portals of cursors are numbered through the process
      const same = { ...withActor, sentBytes: expect.closeTo(without.sentBytes, -1) }
      expect(without).toEqual(
        preparation === 'unnamed' && withActor.messages.includes('Flush') ? same : withActor,
      )
    }
  })

  test('that fails takes no round trip more', async () => {
    const fail = (target: pg.Client) =>
      target.query(statement(preparation, 'insert into deeds (note) values ($1)', [null]))
    const without = await measure(() => fail(plain))
    const withActor = await measure(() => acting(() => fail(client)))
    expect(withActor.roundTrips).toBe(without.roundTrips)
  })

  test('is followed by no second rider in its transaction', async () => {
    const twice = async (target: pg.Client) => {
      await target.query('begin isolation level serializable')
      await target.query('select 1')
      await target.query(statement(preparation, insert, ['a', 'b']))
      await target.query(statement(preparation, insert, ['a', 'b']))
      await target.query('commit')
    }
    const without = await measure(() => twice(plain))
    const withActor = await measure(() => acting(() => twice(client)))
    expect(without.roundTrips).toBe(5)
    expect(withActor.roundTrips).toBe(5)
    expect(executions(withActor)).toBe(executions(without) + 1)
  })

  test('without an actor sends not a byte more', async () => {
    const write = (target: pg.Client) => target.query(statement(preparation, insert, ['a', 'b']))
    await write(plain)
    await write(client)
    expect(await measure(() => write(client))).toEqual(await measure(() => write(plain)))
  })
})

describe('a text', () => {
  test.each(textStyles)('that writes takes no round trip more, as $title', async ({ run }) => {
    const text = `insert into deeds (note) values ('a')`
    const without = await measure(() => run(plain, text))
    const withActor = await measure(() => acting(() => run(client, text)))
    expect(without.roundTrips).toBe(1)
    expect(withActor.roundTrips).toBe(1)
  })

  test.each(textStyles)('that reads sends not a byte more, as $title', async ({ run }) => {
    const text = 'select 1 as one'
    expect(await measure(() => acting(() => run(client, text)))).toEqual(
      await measure(() => run(plain, text)),
    )
  })
})

describe('the rider of prepared statements', () => {
  const write = (note: string) =>
    acting(() => client.query({ name: 'deed', text: insert, values: [note, note] }))

  test('is parsed once a connection', async () => {
    await write('a')
    expect((await measure(() => write('b'))).messages).not.toContain('Parse')
  })

  test.each(['deallocate all', 'discard all', '/* a pool */ discard all'])(
    'is parsed anew after %s',
    async (forgetting) => {
      const forgetful = audited(new pg.Client({ connectionString: database.url }))
      await forgetful.connect()
      const run = (name: string) => acting(() => forgetful.query({ name, text: insert, values: ['c', 'c'] }))
      await run('first')
      await forgetful.query(forgetting)
      expect((await run('second')).rowCount).toBe(2)
      expect((await run('second')).rowCount).toBe(2)
      await forgetful.end()
    },
  )
})

describe('the rider of statements without a name', () => {
  const write = (target: pg.Client) => acting(() => target.query(insert, ['d', 'd']))

  test('is parsed once a connection that leads straight to the server', async () => {
    await write(client)
    await write(client)
    const { messages } = await measure(() => write(client))
    expect(messages).toEqual(['Bind', 'Execute', 'Parse', 'Bind', 'Describe', 'Execute', 'Sync'])
  })

  test.skipIf(bouncerMissing !== undefined)(
    `is parsed with each of them through PgBouncer${bouncerMissing === undefined ? '' : ` (${bouncerMissing})`}`,
    async () => {
      const pgbouncer = await startPgbouncer(database.url, { serverConnections: 1 })
      const counting = await startCountingProxy(pgbouncer.url)
      const pooled = audited(new pg.Client({ connectionString: counting.url }))
      await pooled.connect()
      await write(pooled)
      await write(pooled)
      counting.reset()
      await write(pooled)
      const { messages } = counting.traffic()
      await pooled.end()
      await counting.close()
      await pgbouncer.stop()
      expect(messages).toEqual(['Parse', 'Bind', 'Execute', 'Parse', 'Bind', 'Describe', 'Execute', 'Sync'])
    },
  )

  test('is parsed anew where a function made the server forget it, after one write that fails', async () => {
    const forgetful = audited(new pg.Client({ connectionString: database.url }))
    await forgetful.connect()
    await write(forgetful)
    await write(forgetful)
    await forgetful.query(`do $$ begin execute 'deal' || 'locate all'; end $$`)
    await expect(write(forgetful)).rejects.toThrow(
      'prepared statement "backstory.carry_context" does not exist',
    )
    expect((await write(forgetful)).rowCount).toBe(2)
    await forgetful.end()
  })

  test('is sent without a name where its first run under one failed', async () => {
    const owned = await openPostgres({ role: 'owner' })
    await owned.run(witnessTables)
    const ruling = new pg.Client({ connectionString: owned.url.replace(/\?.*/, '') })
    const failing = audited(new pg.Client({ connectionString: owned.url }))
    await ruling.connect()
    await failing.connect()
    await write(failing)
    await ruling.query('revoke execute on function set_config(text, text, boolean) from public')
    await expect(write(failing)).rejects.toThrow('permission denied for function set_config')
    await ruling.query('grant execute on function set_config(text, text, boolean) to public')
    expect((await write(failing)).rowCount).toBe(2)
    await failing.end()
    await ruling.end()
    await owned.close()
  })
})

test('COPY FROM STDIN takes no round trip more', async () => {
  const copy = (target: pg.Client) => copyInto(target, 'copy deeds (note) from stdin', ['a', 'b', 'c'])
  const without = await measure(() => copy(plain))
  const withActor = await measure(() => acting(() => copy(client)))
  expect(withActor.roundTrips).toBe(without.roundTrips)
})

test('a pool asks for nothing more than its client does', async () => {
  const pool = audited(new pg.Pool({ connectionString: proxy.url, max: 1 }))
  await pool.query('select 1')
  const withActor = await measure(() => acting(() => pool.query(insert, ['a', 'b'])))
  const reading = await measure(() => acting(() => pool.query('select $1::int', [1])))
  await pool.end()
  expect(withActor.roundTrips).toBe(1)
  expect(reading.messages).toEqual(['Parse', 'Bind', 'Describe', 'Execute', 'Sync'])
})

test('statements of a pipeline leave together', async () => {
  const pipelining = audited(new pg.Client({ connectionString: proxy.url, pipeline: true }))
  await pipelining.connect()
  const traffic = await measure(() =>
    acting(() => Promise.all(['a', 'b', 'c'].map((note) => pipelining.query(insert, [note, note])))),
  )
  await pipelining.end()
  expect(traffic.roundTrips).toBe(1)
})
