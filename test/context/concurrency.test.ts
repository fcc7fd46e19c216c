import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs } from '../../src/context/context.ts'
import { audited } from '../../src/pg.ts'
import { audited as auditedSql } from '../../src/postgres.ts'
import { openPostgres } from '../support/database.ts'
import { pgbouncerMissing, startPgbouncer, type PgBouncer } from '../support/pgbouncer.ts'
import { preparations, statement, type Preparation } from './pg-styles.ts'
import { witnessTables } from './witness.ts'

let database: Awaited<ReturnType<typeof openPostgres>>

beforeAll(async () => {
  database = await openPostgres()
  await database.run(witnessTables)
})

afterAll(() => database.close())

const insert = 'insert into deeds (note) values ($1)'

/** Every way in which the requests of one application write; each notes who should be witnessed. */
async function write(pool: pg.Pool, kind: number, note: string, preparation: Preparation): Promise<void> {
  const one = statement(preparation, insert, [note])
  if (kind === 0) {
    await pool.query(one)
  } else if (kind === 1) {
    await pool.query(`insert into deeds (note) values ('${note}')`)
  } else if (kind === 2) {
    await expect(pool.query(statement(preparation, insert, [null]))).rejects.toThrow('null value')
    await pool.query(one)
  } else if (kind === 3) {
    await new Promise<void>((resolve, reject) => {
      pool.query(insert, [note], (error: unknown) => (error ? reject(error) : resolve()))
    })
  } else {
    await writeInTransaction(pool, one, note)
  }
}

async function writeInTransaction(pool: pg.Pool, one: pg.QueryConfig, note: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select 1')
    await client.query(one)
    await client.query('savepoint s')
    await client.query(one)
    await expect(client.query('insert into deeds (note) values (null)')).rejects.toThrow('null value')
    await client.query('rollback to s')
    await client.query(one)
    await client.query(note.endsWith('5') ? 'rollback' : 'commit')
  } finally {
    client.release()
  }
}

async function requestsOf(
  count: number,
  work: (note: string, kind: number, nobody: boolean) => Promise<void>,
): Promise<void> {
  await database.run('truncate deeds, witnessed')
  const requests = Array.from({ length: count }, (_, index) => {
    const nobody = index % 7 === 6
    const note = nobody ? `nobody ${index}` : `user ${index}`
    const run = () => work(note, index % 5, nobody)
    return nobody ? run() : actingAs({ userId: note, requestId: `request of ${note}` }, run)
  })
  await Promise.all(requests)
}

async function expectEveryEntryUnderItsOwnName(atLeast: number): Promise<void> {
  const rows = await database.query('select note, user_id, context from witnessed')
  const wrong = rows.filter(({ note, user_id: userId, context }) => {
    const own = String(note).startsWith('user')
    const expected = own
      ? { userId: note, context: { requestId: `request of ${String(note)}` } }
      : { userId: null, context: null }
    return JSON.stringify({ userId, context }) !== JSON.stringify(expected)
  })
  expect(wrong).toEqual([])
  expect(rows.length).toBeGreaterThanOrEqual(atLeast)
}

describe('200 concurrent requests over 3 connections: every entry carries its own actor', () => {
  test.each(preparations)('through pg, %s', async (preparation) => {
    const pool = audited(new pg.Pool({ connectionString: database.url, max: 3 }))
    await requestsOf(200, (note, kind) => write(pool, kind, note, preparation))
    await pool.end()
    await expectEveryEntryUnderItsOwnName(200)
  })

  test('through postgres.js', async () => {
    const sql = auditedSql(postgres(database.url, { max: 3, onnotice: () => {} }))
    await requestsOf(200, (note, kind) => writeWithPostgres(sql, kind, note))
    await sql.end()
    await expectEveryEntryUnderItsOwnName(200)
  })
})

const missing = pgbouncerMissing()
if (missing !== undefined) console.warn(`Tests through PgBouncer are skipped: ${missing}.`)

describe.skipIf(missing !== undefined)(
  'through PgBouncer in transaction mode, over few server connections',
  () => {
    let bouncer: PgBouncer

    beforeAll(async () => {
      bouncer = await startPgbouncer(database.url, { serverConnections: 2 })
    })

    afterAll(() => bouncer.stop())

    test('200 requests of pg leave every entry under its own name', async () => {
      const pool = audited(new pg.Pool({ connectionString: bouncer.url, max: 12 }))
      await requestsOf(200, (note, kind) => write(pool, kind, note, 'unnamed'))
      await pool.end()
      await expectEveryEntryUnderItsOwnName(200)
    })

    test('200 requests of postgres.js leave every entry under its own name', async () => {
      const sql = auditedSql(
        postgres(bouncer.url, { max: 12, prepare: false, fetch_types: false, onnotice: () => {} }),
      )
      // behind PgBouncer postgres.js itself loses answers to lone statements with values among texts without
      await requestsOf(200, (note, kind, nobody) => writeWithPostgres(sql, nobody ? 4 : kind, note))
      await sql.end()
      await expectEveryEntryUnderItsOwnName(200)
    })
  },
)

describe.skipIf(missing !== undefined)('two clients on one server connection of PgBouncer', () => {
  test("do not see each other's actor, statement by statement, after errors and after rollbacks", async () => {
    await database.run('truncate deeds, witnessed')
    const bouncer = await startPgbouncer(database.url, { serverConnections: 1 })
    const [ada, bob] = [0, 1].map(() => audited(new pg.Client({ connectionString: bouncer.url })))
    if (ada === undefined || bob === undefined) throw new Error('There are two clients.')
    await ada.connect()
    await bob.connect()
    const pids = await Promise.all([ada, bob].map((one) => one.query('select pg_backend_pid() as pid')))
    expect(pids[0]?.rows).toEqual(pids[1]?.rows)
    const asAda = <Value>(work: () => Promise<Value>) => actingAs({ userId: 'ada' }, work)
    const asBob = <Value>(work: () => Promise<Value>) => actingAs({ userId: 'bob' }, work)

    await asAda(() => ada.query(insert, ['1']))
    await bob.query(insert, ['2'])
    await asBob(() => bob.query(insert, ['3']))
    await expect(asAda(() => ada.query(insert, [null]))).rejects.toThrow('null value')
    await bob.query(`insert into deeds (note) values ('4')`)
    await asAda(() => ada.query('begin'))
    await asAda(() => ada.query(insert, ['5']))
    await asAda(() => ada.query('rollback'))
    await bob.query(insert, ['6'])
    await asAda(() => ada.query('begin'))
    await expect(asAda(() => ada.query(insert, [null]))).rejects.toThrow('null value')
    const waiting = asBob(() => bob.query(insert, ['7']))
    await asAda(() => ada.query('rollback'))
    await waiting
    await ada.query(insert, ['8'])
    // a read on the same connection finds nothing that was left behind
    const left = await bob.query(`select current_setting('backstory.user_id', true) as user_id`)
    await ada.end()
    await bob.end()
    await bouncer.stop()

    expect(left.rows).toEqual([{ user_id: '' }])
    const rows = await database.query(
      `select note || ' by ' || coalesce(user_id, 'nobody') as line from witnessed order by id`,
    )
    expect(rows.map(({ line }) => line)).toEqual([
      '1 by ada',
      '2 by nobody',
      '3 by bob',
      '4 by nobody',
      '6 by nobody',
      '7 by bob',
      '8 by nobody',
    ])
  })
})

/** The same through postgres.js. */
async function writeWithPostgres(sql: postgres.Sql, kind: number, note: string): Promise<void> {
  if (kind === 0) {
    await sql`insert into deeds (note) values (${note})`
  } else if (kind === 1) {
    await sql.unsafe(`insert into deeds (note) values ('${note}')`)
  } else if (kind === 2) {
    await expect(sql`insert into deeds (note) values (${null})`).rejects.toThrow('null value')
    await sql`insert into deeds ${sql({ note })}`
  } else if (kind === 3) {
    await sql`insert into deeds (note) values (${note}) returning note`.forEach(() => undefined)
  } else {
    await sql.begin(async (transaction) => {
      await transaction`select 1`
      await transaction`insert into deeds (note) values (${note})`
      const undone = transaction.savepoint(async (inner) => {
        await inner`insert into deeds (note) values (${note})`
        await inner`insert into deeds (note) values (${null})`
      })
      await expect(undone).rejects.toThrow('null value')
      await transaction`insert into deeds (note) values (${note})`
    })
  }
}
