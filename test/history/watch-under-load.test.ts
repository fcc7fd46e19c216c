import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory, type Entry, type Watch } from '../../src/index.ts'
import { openPostgres, type TestQueries } from '../support/database.ts'

const elements = 12
const writers = 10
const transactionsPerWriter = 30

/** Gives whole numbers from 0 to below its argument, the same ones every time: mulberry32. */
type Random = (below: number) => number

function createRandom(seed: number): Random {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % below
  }
}

interface Seen {
  readonly id: bigint
  readonly element: string
}

describe('while ten writers commit, roll back, set savepoints and prepare transactions, a watcher', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  const logged: Seen[] = []
  const seen = new Map<string, readonly Seen[]>()
  let lostConnections = 0
  let first = ''
  let staleSeen: readonly string[] = []
  let late: Seen | undefined

  beforeAll(async () => {
    db = await openPostgres({ pool: { max: 20 } })
    await db.run(`
      create table raced (id integer primary key, n integer not null);
      create table marks (id text primary key);
      insert into raced select g, 0 from generate_series(1, ${elements}) g;
      select backstory.track('raced');
      select backstory.track('marks');`)
    const backstory = createBackstory(db.database)
    first = await backstory.watch().start()

    // pools of nobody else, whose connections are killed
    const killed = new pg.Pool({ connectionString: db.url, application_name: 'killed', max: 2 })
    killed.on('error', () => undefined)

    const killedSql = postgres(db.url, {
      connection: { application_name: 'killed at times' },
      // what it asks by itself at first is a promise that nobody handles when the connection is killed then
      fetch_types: false,
      max: 2,
      onnotice: () => {},
    })
    const vulnerable = (database: pg.Pool | postgres.Sql) =>
      createBackstory(database).watch({
        after: first,
        pollMs: 20,
        limit: 7,
        onConnectionLost: () => {
          lostConnections += 1
        },
      })
    const [onPg, onPostgresJs] = [vulnerable(killed), vulnerable(killedSql)]
    // what fails at the very first is thrown
    await Promise.all([onPg.start(), onPostgresJs.start()])

    const over = new AbortController()
    const watching = [
      follow('reads along', backstory.watch({ after: first, pollMs: 20 })),
      follow('reads in tiny pages', backstory.watch({ after: first, pollMs: 20, limit: 3 })),
      followAgain('is started again from its cursor', first, createRandom(1)),
      followAgain('is started again from its cursor, in tiny pages', first, createRandom(2), 2),
      follow('loses its connections', onPg),
      follow('loses those of postgres.js', onPostgresJs),
    ]

    const stale = new pg.Client({ connectionString: db.url })
    await stale.connect()
    await stale.query(`begin; insert into marks values ('stale')`)
    const killing = (async () => {
      for (let round = 1; !over.signal.aborted; round++) {
        await new Promise((resolve) => setTimeout(resolve, 60))
        await db.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where application_name = any ($1)',
          // postgres.js takes its time to connect again
          [round % 8 === 0 ? ['killed', 'killed at times'] : ['killed']],
        )
      }
    })()
    await Promise.all(
      Array.from({ length: writers }, (_, index) => db.session((session) => write(session, index))),
    )
    over.abort()
    await killing
    await db.run(`insert into marks values ('while a transaction is open')`)
    const patient = backstory.watch({ after: first, pollMs: 20 })
    staleSeen = await takeUntil(patient, 'while a transaction is open')
    await stale.query('commit')
    await stale.end()
    for await (const entry of patient) {
      late = see(entry)
      break
    }
    await db.run(`insert into marks values ('end')`)
    const results = await Promise.all(watching)
    // postgres.js may wait for good for a connection that was killed while it started
    await Promise.all([killed.end(), killedSql.end({ timeout: 1 })])
    for (const [name, entries] of results) seen.set(name, entries)
    const rows = await db.query(
      `select id::text, element_type || element_id as element from audit_logs where element_id <> 'end' order by audit_logs.id`,
    )
    logged.push(...rows.map((row) => ({ id: BigInt(String(row['id'])), element: String(row['element']) })))
  })

  afterAll(() => db.close())

  async function follow(name: string, watch: Watch): Promise<readonly [string, readonly Seen[]]> {
    const entries: Seen[] = []
    for await (const entry of watch) {
      if (entry.elementId === 'end') break
      entries.push(see(entry))
    }
    return [name, entries]
  }

  /** Follows, but stops after a few entries and goes on with another watch from the cursor. */
  async function followAgain(
    name: string,
    start: string,
    random: Random,
    limit = 500,
  ): Promise<readonly [string, readonly Seen[]]> {
    const entries: Seen[] = []
    let cursor: string | undefined = start
    for (;;) {
      const watch = createBackstory(db.database).watch({ after: cursor, pollMs: 10, limit })
      let left = random(40)
      for await (const entry of watch) {
        if (entry.elementId === 'end') return [name, entries]
        entries.push(see(entry))
        if (--left <= 0) break
      }
      cursor = watch.cursor
    }
  }

  async function takeUntil(watch: Watch, mark: string): Promise<string[]> {
    const ids: string[] = []
    for await (const entry of watch) {
      if (entry.elementId === mark) break
      ids.push(entry.id)
    }
    return ids
  }

  async function write(session: TestQueries, writer: number): Promise<void> {
    const random = createRandom(100 + writer)
    for (let number = 0; number < transactionsPerWriter; number++) {
      await session.run('begin')
      // in one order, so that they wait for each other and do not deadlock
      const ids = Array.from({ length: 1 + random(4) }, () => 1 + random(elements)).toSorted((a, b) => a - b)
      for (const [place, id] of ids.entries()) {
        const update = `update raced set n = n + 1 where id = ${id}`
        const kind = random(4)
        if (kind === 0) await session.run(`savepoint s${place}; ${update}; rollback to s${place}`)
        else if (kind === 1) await session.run(`savepoint s${place}; ${update}; release s${place}`)
        else await session.run(update)
      }
      const end = random(10)
      if (end < 2) await session.run('rollback')
      else if (end < 4) await prepare(session, `${db.url} ${writer} ${number}`, end === 2)
      else await session.run('commit')
    }
  }

  async function prepare(session: TestQueries, name: string, isCommitted: boolean): Promise<void> {
    const quoted = `'${name.slice(-150).replaceAll("'", '')}'`
    await session.run(`prepare transaction ${quoted}`)
    await session.run(`select pg_sleep(0.005)`)
    await session.run(`${isCommitted ? 'commit' : 'rollback'} prepared ${quoted}`)
  }

  const watchers = [
    'reads along',
    'reads in tiny pages',
    'is started again from its cursor',
    'is started again from its cursor, in tiny pages',
    'loses its connections',
    'loses those of postgres.js',
  ]

  test.each(watchers)('that %s misses nothing and gets nothing twice', (name) => {
    const ids = (seen.get(name) ?? []).map(({ id }) => id).toSorted((a, b) => Number(a - b))
    expect(ids.length).toBeGreaterThan(100)
    expect(ids).toEqual(logged.map(({ id }) => id))
  })

  test.each(watchers)('that %s gets the entries of each element in order', (name) => {
    const last = new Map<string, bigint>()
    for (const { id, element } of seen.get(name) ?? []) {
      expect(id).toBeGreaterThan(last.get(element) ?? 0n)
      last.set(element, id)
    }
  })

  test('gets the entry that commits last after all others, though its id is low', () => {
    expect(late?.element).toBe('marksstale')
    expect(late?.id).toBeLessThan(BigInt(staleSeen.at(-1) ?? '0'))
  })

  test('is not kept waiting by a transaction that stays open', () => {
    // all but the entry of the open transaction, and the mark itself
    expect(staleSeen).toHaveLength(logged.length - 2)
  })

  test('was told of the connections that it lost', () => {
    expect(lostConnections).toBeGreaterThan(0)
  })
})

const see = ({ id, elementType, elementId }: Entry): Seen => ({
  id: BigInt(id),
  element: `${elementType}${elementId}`,
})
