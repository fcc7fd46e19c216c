import pg from 'pg'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { BackstoryError, createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
const role = `backstory_weak_${process.pid}`

beforeAll(async () => {
  db = await openPostgres()
  await db.run(`create role ${role}; create table plain (id integer primary key, a integer)`)
})
afterAll(async () => {
  await db.run(`drop owned by ${role} cascade; drop role ${role}`)
  await db.close()
})

/** Runs `work` on a pool that is made anew, with another URL or other settings, and is ended. */
async function withPool<Result>(
  change: (url: URL) => void,
  work: (pool: pg.Pool) => Promise<Result>,
  config: pg.PoolConfig = {},
): Promise<Result> {
  const url = new URL(db.url)
  change(url)
  const pool = new pg.Pool({ connectionString: url.href.replaceAll('+', '%20'), ...config })
  try {
    return await work(pool)
  } finally {
    if (!pool.ended) await pool.end()
  }
}

const asRole = (url: URL) => url.searchParams.set('options', `-c role=${role}`)

describe('a database that cannot be used is an error that says why and what to do', () => {
  const verbs: readonly (readonly [
    string,
    (backstory: ReturnType<typeof createBackstory<pg.Pool>>) => Promise<unknown>,
  ])[] = [
    ['install', (backstory) => backstory.install()],
    ['entries', async (backstory) => backstory.entries()],
    ['track', (backstory) => backstory.track('plain')],
  ]

  describe.each(verbs)('%s', (_, verb) => {
    const failing = async (change: (url: URL) => void, config?: pg.PoolConfig) =>
      withPool(change, (pool) => verb(createBackstory(pool)), config)

    test('with the server down', async () => {
      await expect(
        failing((url) => {
          url.host = '127.0.0.1:1'
        }),
      ).rejects.toMatchObject({
        name: 'BackstoryError',
        code: 'cannot_connect',
        message: expect.stringMatching(/127\.0\.0\.1:1.*Is PostgreSQL running there/),
        cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
      })
    })

    test('with a host that is none', async () => {
      await expect(
        failing((url) => {
          url.hostname = 'no-such-host.invalid'
        }),
      ).rejects.toMatchObject({
        code: 'cannot_connect',
        message: expect.stringMatching(/no-such-host\.invalid.*Check the host/),
      })
    })

    test('with a database that is not there', async () => {
      await expect(
        failing((url) => {
          url.pathname = '/nowhere'
        }),
      ).rejects.toMatchObject({
        code: 'cannot_connect',
        message: expect.stringMatching(/"nowhere".*Create that database/),
        cause: expect.objectContaining({ code: '3D000' }),
      })
    })

    test('with a role that does not exist', async () => {
      await expect(
        failing((url) => {
          url.username = 'nobody_of_that_name'
        }),
      ).rejects.toMatchObject({
        code: 'cannot_connect',
        message: expect.stringMatching(/nobody_of_that_name.*Check the user/),
      })
    })

    test('with a pool that has no connection to spare', async () => {
      await withPool(
        () => undefined,
        async (pool) => {
          const taken = await pool.connect()
          try {
            await expect(verb(createBackstory(pool))).rejects.toMatchObject({
              code: 'cannot_connect',
              message: expect.stringContaining('Every connection is in use'),
            })
          } finally {
            taken.release()
          }
        },
        { max: 1, connectionTimeoutMillis: 400 },
      )
    })

    test('with a pool that was ended', async () => {
      const ended = withPool(
        () => undefined,
        async (pool) => {
          await pool.end()
          await verb(createBackstory(pool))
        },
      )
      await expect(ended).rejects.toMatchObject({
        code: 'cannot_connect',
        message: expect.stringContaining('The pool was ended'),
      })
    })
  })

  test('through postgres.js too', async () => {
    const sql = postgres('postgres://a:b@127.0.0.1:1/x', { max: 1 })
    await expect(createBackstory(sql).install()).rejects.toMatchObject({ code: 'cannot_connect' })
    await sql.end()
    await expect(createBackstory(sql).tracked()).rejects.toMatchObject({
      code: 'cannot_connect',
      message: expect.stringContaining('The pool was ended'),
    })
  })

  test('a connection that is cut in a transaction of ours rejects, and does not end the process', async () => {
    await withPool(
      () => undefined,
      async (pool) => {
        await db.session(async (session) => {
          await session.run('begin; lock table plain')
          const tracked = createBackstory(pool).track('plain')
          tracked.catch(() => undefined)
          const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
          // not in the session's transaction, which would see one moment only
          let rows = await db.query(waiting)
          while (rows.length === 0) rows = await db.query(waiting)
          await session.query('select pg_terminate_backend($1)', [rows[0]?.['pid']])
          await expect(tracked).rejects.toMatchObject({ code: 'cannot_connect' })
        })
      },
    )
  })
})

describe('a role that may not install', () => {
  test('may ask whether anything is left to do: install() is a no-op where nothing is', async () => {
    await withPool(asRole, async (pool) => {
      await createBackstory(pool).install()
      await createBackstory(pool).install({ context: 'optional' })
      expect(await createBackstory(pool).plan()).toBe('')
    })
  })

  test.each([
    ['install', (pool: pg.Pool) => createBackstory(pool).install({ context: 'required' })],
    ['install elsewhere', (pool: pg.Pool) => createBackstory(pool, { schema: 'other' }).install()],
    ['track', (pool: pg.Pool) => createBackstory(pool).track('plain')],
    ['untrack', (pool: pg.Pool) => createBackstory(pool).untrack('plain')],
    ['uninstall', (pool: pg.Pool) => createBackstory(pool).uninstall()],
  ])('is told what it lacks: %s', async (_, verb) => {
    await withPool(asRole, async (pool) => {
      await expect(verb(pool)).rejects.toMatchObject({
        code: 'permission_denied',
        message: expect.stringContaining('Let the role that owns the installation do it'),
        cause: expect.objectContaining({ code: '42501' }),
      })
    })
  })

  test('is told how it may read the log', async () => {
    await withPool(asRole, async (pool) => {
      await expect(createBackstory(pool).entries()).rejects.toMatchObject({
        code: 'permission_denied',
        message: expect.stringContaining('grant select on the table audit_logs'),
      })
    })
  })
})

describe('a database that is busy or takes no writes', () => {
  test('a lock that is held too long is named as such', async () => {
    await db.session(async (session) => {
      await session.run('begin; lock table plain')
      await withPool(
        (url) => url.searchParams.set('options', '-c lock_timeout=50'),
        async (pool) => {
          await expect(createBackstory(pool).track('plain')).rejects.toMatchObject({
            code: 'timed_out',
            message: expect.stringMatching(/lock timeout.*pg_stat_activity/),
          })
        },
      )
    })
  })

  test('a read-only server is named as such, and an installation that is up to date needs no write', async () => {
    await withPool(
      (url) => url.searchParams.set('options', '-c default_transaction_read_only=on'),
      async (pool) => {
        await createBackstory(pool).install()
        await expect(createBackstory(pool).track('plain')).rejects.toMatchObject({
          code: 'read_only',
          message: expect.stringContaining('use the primary'),
        })
      },
    )
  })
})

describe('an option that nobody knows is refused, and not ignored', () => {
  const backstory = () => createBackstory(db.database)
  const given = (options: unknown): never => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what TypeScript would refuse
    return options as never
  }

  test.each([
    ['createBackstory', async () => createBackstory(db.database, given({ schem: 'x' }))],
    ['install', () => backstory().install(given({ contex: 'required' }))],
    ['plan', () => backstory().plan(given({ contex: 'required' }))],
    ['uninstall', () => backstory().uninstall(given({ logs: 'drop' }))],
    [
      'diff',
      () =>
        backstory()
          .element('plain', 1)
          .diff(given({ form: new Date() })),
    ],
    [
      'blame',
      () =>
        backstory()
          .element('plain', 1)
          .blame(given({ to: new Date() })),
    ],
    [
      'restore',
      () =>
        backstory()
          .element('plain', 1)
          .restore(given({ too: new Date() })),
    ],
    ['undo', () => backstory().undo({ transactionId: '1' }, given({ conflict: 'skip' }))],
    ['undo', () => backstory().undo(given({ transactionId: '1', userId: 'ada' }))],
    ['read', () => backstory().read('plain', 1, given({ why: 'x' }))],
  ])('%s', async (verb, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(
        new RegExp(`^${verb} has no option "\\w+"\\. Its (options are|one option is) `),
      ),
    })
    await expect(call()).rejects.toBeInstanceOf(BackstoryError)
  })

  test('nor is a value that is none of those that there are', async () => {
    await expect(backstory().uninstall(given({ log: 'dorp' }))).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('"dorp"'),
    })
    expect(await backstory().plan()).toBe('')
  })

  test.each([undefined, null, 5, {}])('a table that is %j is refused', async (name) => {
    for (const call of [
      () => backstory().track(given(name)),
      () => backstory().untrack(given(name)),
      async () => backstory().element(given(name), 1),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'invalid_argument' })
    }
  })

  test.each([[undefined], [null], [{}], [NaN], [true], [new Date()], [[{}]]])(
    'an element id that is %j is refused',
    (id) => {
      expect(() => backstory().element('plain', given(id))).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      )
    },
  )

  test('an element whose id no key of the table can have is not there', async () => {
    await backstory().track('plain')
    for (const id of ['x', '99999999999', '["a",1]', '']) {
      expect(await backstory().element('plain', id).at(new Date())).toBeNull()
    }
  })
})
