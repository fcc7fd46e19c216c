import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { auditDialect } from '../../src/kysely.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { readLastId, readSince } from '../support/log.ts'

interface Database {
  jobs: { id: number; state: string }
}

let db: Awaited<ReturnType<typeof openPostgres>>

beforeAll(async () => {
  db = await openPostgres({ pool: { max: 4 } })
  await db.run(`
    create table jobs (id integer primary key, state text);
    select backstory.track('jobs', '{"capture": "listener"}')`)
})
afterAll(() => db.close())
beforeEach(() => db.run(`truncate jobs; insert into jobs values (1, 'new')`))

test.each([
  ['an audited pool', audited<pg.Pool>],
  ['a pool that is not audited', (pool: pg.Pool) => pool],
] as const)('rows that come under a condition before the write are refused on %s', async (_, audit) => {
  const pool = audit(new pg.Pool({ connectionString: db.url, max: 1 }))
  const kysely = new Kysely<Database>({
    dialect: auditDialect(new PostgresDialect({ pool }), { tables: { jobs: ['id'] } }),
  })
  const finish = () => kysely.updateTable('jobs').set({ state: 'done' }).where('state', '=', 'new').execute()
  await finish()
  await finish()
  // the second time it calls the functions of the table
  for (const time of [1, 2]) {
    await db.run(`truncate jobs; insert into jobs values (1, 'new')`)
    const start = await readLastId(db)
    const other = await db.database.connect()
    await other.query(`begin; select from jobs for update; insert into jobs values (2, 'new')`)
    const refused = expect(finish(), `time ${time}`).rejects.toMatchObject({ code: 'not_recordable' })
    while ((await db.query('select from pg_locks where not granted')).length === 0);
    await other.query('commit')
    other.release()
    await refused
    expect(await db.query(`select * from jobs where state = 'done'`)).toEqual([])
    await finish()
    expect((await readSince(db, start)).map(([, id]) => id)).toEqual(['1', '2'])
  }
  await kysely.destroy()
})
