import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { audited } from '../../src/pg.ts'
import { createBackstory } from '../../src/index.ts'
import { startCountingProxy, type Traffic } from '../support/counting-proxy.ts'
import { openPostgres } from '../support/database.ts'
import { pgbouncerMissing, startPgbouncer } from '../support/pgbouncer.ts'

const missing = pgbouncerMissing()

let db: Awaited<ReturnType<typeof openPostgres>>

beforeAll(async () => {
  db = await openPostgres()
  await db.run(`
create table asked (id integer primary key, name text);
select backstory.track('asked');
insert into asked select n, 'first' from generate_series(1, 20) as n;
update asked set name = 'second';
create function forget() returns void language plpgsql as $$ begin execute 'deallocate all'; end $$`)
})

afterAll(async () => {
  await db.close()
})

const names = ['second', 'first']

async function ask(pool: pg.Pool, id = 1): Promise<readonly unknown[]> {
  const { entries } = await createBackstory(pool).element('asked', id).entries({ limit: 5 })
  return entries.map(({ changes }) => changes?.after?.['name'])
}

/** What each of four questions in a row sends. */
async function sendFour(url: string, wrap = (pool: pg.Pool) => pool): Promise<readonly Traffic[]> {
  const proxy = await startCountingProxy(url)
  const pool = wrap(new pg.Pool({ connectionString: proxy.url, max: 1 }))
  await pool.query('select 1')
  const sent: Traffic[] = []
  for (let count = 0; count < 4; count++) {
    proxy.reset()
    expect(await ask(pool)).toEqual(names)
    sent.push(proxy.traffic())
  }
  await pool.end()
  await proxy.close()
  return sent
}

const unnamed = ['Parse', 'Bind', 'Describe', 'Execute', 'Sync']

describe('the entries of an element, asked for again and again', () => {
  test.each([
    ['a pool', undefined],
    ['an audited pool', (pool: pg.Pool) => audited(pool)],
  ])('are parsed once a connection that leads straight to the server, by %s', async (_, wrap) => {
    const [first, second, ...later] = await sendFour(db.url, wrap)
    expect(first?.messages).toEqual(unnamed)
    expect(second?.messages.filter((name) => name === 'Parse')).toHaveLength(1)
    expect(second?.texts[0]).toContain('pg_backend_pid')
    expect(second?.roundTrips).toBe(2)
    for (const { messages, roundTrips } of later) {
      expect(messages).toEqual(['Bind', 'Describe', 'Execute', 'Sync'])
      expect(roundTrips).toBe(1)
    }
  })

  test.skipIf(missing !== undefined)(
    `are parsed with each question through PgBouncer${missing === undefined ? '' : ` (${missing})`}`,
    async () => {
      const pgbouncer = await startPgbouncer(db.url, { serverConnections: 1 })
      const [first, , ...later] = await sendFour(pgbouncer.url)
      expect(first?.messages).toEqual(unnamed)
      for (const { messages } of later) expect(messages).toEqual(unnamed)
      await pgbouncer.stop()
    },
  )

  test.skipIf(missing !== undefined)(
    'are right by many connections through PgBouncer over few of its own',
    async () => {
      const pgbouncer = await startPgbouncer(db.url, { serverConnections: 2 })
      const pool = new pg.Pool({ connectionString: pgbouncer.url, max: 10 })
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, count) => ask(pool, (count % 20) + 1)),
      )
      expect(answers).toEqual(answers.map(() => names))
      await pool.end()
      await pgbouncer.stop()
    },
  )

  test.each(['deallocate all', 'discard all', 'select forget()'])(
    'are found after %s, on the same connection',
    async (forgetting) => {
      const pool = new pg.Pool({ connectionString: db.url, max: 1 })
      const process = async () => (await pool.query('select pg_backend_pid() as id')).rows
      for (let count = 0; count < 4; count++) expect(await ask(pool)).toEqual(names)
      const before = await process()
      await pool.query(forgetting)
      for (let count = 0; count < 4; count++) expect(await ask(pool)).toEqual(names)
      expect(await process()).toEqual(before)
      await pool.end()
    },
  )

  test('are found where the server has that name from somebody else', async () => {
    const pool = new pg.Pool({ connectionString: db.url, max: 1 })
    await ask(pool)
    await ask(pool)
    const { rows } = await pool.query<{ name: string }>('select name from pg_prepared_statements')
    const name = rows.find((row) => row.name.startsWith('backstory.'))?.name
    await pool.end()
    const taken = new pg.Pool({ connectionString: db.url, max: 1 })
    await taken.query(`prepare "${name}" as select 'nothing of the kind'`)
    for (let count = 0; count < 4; count++) expect(await ask(taken)).toEqual(names)
    await taken.end()
  })

  test('leave no more than 32 names on a connection, whatever the sizes of their pages', async () => {
    const pool = new pg.Pool({ connectionString: db.url, max: 1 })
    const element = createBackstory(pool).element('asked', 1)
    for (let limit = 1; limit <= 40; limit++) {
      const { entries } = await element.entries({ limit })
      expect(entries).toHaveLength(Math.min(limit, 2))
    }
    const { rows } = await pool.query<{ name: string }>('select name from pg_prepared_statements')
    expect(rows.filter(({ name }) => name.startsWith('backstory.'))).toHaveLength(32)
    await pool.end()
  })
})

test('a state that cannot be known is refused with its reason by a named question too', async () => {
  const pool = new pg.Pool({ connectionString: db.url, max: 1 })
  const element = createBackstory(pool).element('asked', 1)
  for (let count = 0; count < 4; count++) {
    await expect(element.at('2000-01-01')).rejects.toMatchObject({ code: 'before_tracking' })
  }
  await pool.end()
})
