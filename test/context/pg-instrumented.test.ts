import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { insertStranger, renameHero } from '../support/flush.ts'
import { entriesBy } from '../support/listener.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
const seen: string[] = []

/** Comments every text, as OpenTelemetry does with `addSqlCommenterCommentToQueries`: in a copy of what it is given. */
class CommentingClient extends pg.Client {
  constructor(options: pg.ClientConfig) {
    super(options)
    const query: unknown = Reflect.get(pg.Client.prototype, 'query')
    const comment = (config: unknown, ...rest: unknown[]) => {
      const isText = typeof config === 'string'
      const text = `${String(isText ? config : Object(config)['text'])} /* trace */`
      seen.push(text)
      return typeof query === 'function'
        ? Reflect.apply(query, this, [isText ? text : { ...Object(config), text }, ...rest])
        : undefined
    }
    Object.defineProperty(this, 'query', { value: comment, writable: true, configurable: true })
  }
}

let client: pg.Client

beforeAll(async () => {
  db = await openPostgres()
  await db.run(`
    create table hero (id integer primary key, name text);
    create table stranger (id integer primary key);
    create table deed (id integer primary key, note text);
    insert into hero values (1, 'Ged')`)
  const backstory = createBackstory(db.database)
  await backstory.track('hero', { capture: 'listener' })
  await backstory.track('deed')
  client = audited(new CommentingClient({ connectionString: db.url }))
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await db.close()
})

test('a client that is instrumented, and submits copies, gives what it gave, under its actor', async () => {
  const entries = await entriesBy(db, async () => {
    await actingAs({ userId: 'ada' }, async () => {
      const { rows } = await client.query('insert into deed values (1, $1) returning note', ['by values'])
      expect(rows).toEqual([{ note: 'by values' }])
      const { rowCount } = await client.query(`insert into deed values (2, 'by text')`)
      expect(rowCount).toBe(1)
    })
    await expect(client.query('select nothing')).rejects.toMatchObject({ code: '42703', position: '8' })
  })
  expect(entries).toEqual(['insert deed 1', 'insert deed 2'])
  expect(await db.query(`select distinct user_id from audit_logs where element_type = 'deed'`)).toEqual([
    { user_id: 'ada' },
  ])
  expect(seen).toContain(`select nothing /* trace */`)
})

test('flushes on it are recorded, and fail where they cannot be', async () => {
  const entries = await entriesBy(db, async () => {
    await client.query('begin')
    await renameHero(client, 1, 'Sparrowhawk')
    await client.query('commit')
    await client.query('begin')
    await expect(insertStranger(client)).rejects.toMatchObject({ code: 'not_tracked' })
    await client.query('rollback')
  })
  expect(entries).toEqual(['update hero 1'])
  expect(await db.query('select id from stranger')).toEqual([])
})
