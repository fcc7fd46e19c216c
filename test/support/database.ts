import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'

/** Runs statements: a database on any connection, or one session of it. */
export interface TestQueries {
  /** Runs one statement with bound values and gives its rows, parsed as the driver does. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>
  /** Runs a text of many statements. */
  readonly run: (text: string) => Promise<void>
}

/** What a suite that runs on PostgreSQL and on PGlite alike sees of either. */
export interface TestDatabase extends TestQueries {
  readonly kind: 'PostgreSQL' | 'PGlite'
  /** Which capture functions the installation made: `generic` where it could not rely on event triggers. */
  readonly capture: 'compiled' | 'generic'
  /** Whether the role of its connections is a superuser. */
  readonly isSuperuser: boolean
  /** What is handed to `createBackstory`. */
  readonly database: pg.Pool | PGlite
  /** One connection for transactions and settings; whatever is open at the end is rolled back. */
  readonly session: <Result>(work: (session: TestQueries) => Promise<Result>) => Promise<Result>
  readonly close: () => Promise<void>
}

/** Which PostgreSQL database to open. */
export interface PostgresOptions {
  /** Default: `installed`. */
  readonly template?: 'installed' | 'empty'
  /**
   * As whom: a superuser (the default), or a role that owns the database, may not create event triggers, and has
   * installed Backstory with the generic capture.
   */
  readonly role?: 'superuser' | 'owner'
  readonly pool?: pg.PoolConfig
}

/** A PostgreSQL database of its own: a clone of the template, or an empty one. Returns its URL and how to drop it. */
export async function createPostgresDatabase(
  options: Pick<PostgresOptions, 'template' | 'role'> = {},
): Promise<{ readonly url: string; readonly name: string; readonly drop: () => Promise<void> }> {
  const name = `backstory_test_${randomBytes(6).toString('hex')}`
  const url = new URL(inject('serverUrl'))
  url.pathname = `/${name}`
  if (options.role === 'owner') {
    const template = options.template === 'empty' ? 'template1' : inject('ownerTemplateDatabase')
    await administer(
      `create database ${name} template ${template} ${inject('cloning')} owner ${inject('ownerRole')}`,
    )
    // the session starts as that role, so that no way of logging in is needed for it
    url.searchParams.set('options', `-c role=${inject('ownerRole')}`)
  } else {
    const template = options.template === 'empty' ? 'template1' : inject('templateDatabase')
    await administer(`create database ${name} template ${template} ${inject('cloning')}`)
  }
  const drop = async () => {
    await administer(`drop database if exists ${name} with (force)`)
  }
  // libpq reads a plus as a plus
  return { url: url.href.replaceAll('+', '%20'), name, drop }
}

/** Opens a fresh PostgreSQL database through a `pg.Pool`. */
export async function openPostgres(
  options: PostgresOptions = {},
): Promise<TestDatabase & { readonly database: pg.Pool; readonly url: string }> {
  const created = await createPostgresDatabase(options)
  const pool = new pg.Pool({ connectionString: created.url, ...options.pool })
  return {
    ...queriesOf(pool),
    kind: 'PostgreSQL',
    capture: options.role === 'owner' ? 'generic' : 'compiled',
    isSuperuser: options.role !== 'owner',
    database: pool,
    url: created.url,
    session: async (work) => {
      const connection = new pg.Client({ connectionString: created.url })
      await connection.connect()
      try {
        return await work(queriesOf(connection))
      } finally {
        await connection.end()
      }
    },
    close: async () => {
      await pool.end()
      await untilLeft(created.name)
      await created.drop()
    },
  }
}

function queriesOf(target: Pick<pg.ClientBase, 'query'>): TestQueries {
  return {
    query: async (text, values = []) => (await target.query<Record<string, unknown>>(text, [...values])).rows,
    run: async (text) => {
      await target.query(text)
    },
  }
}

let pgliteTemplate: Promise<Blob> | undefined

async function readPgliteTemplate(): Promise<Blob> {
  return new Blob([await readFile(inject('pgliteTemplate'))])
}

/** Opens a fresh PGlite. */
export async function openPglite(
  options: { readonly template?: 'installed' | 'empty' } = {},
): Promise<TestDatabase & { readonly database: PGlite }> {
  const pglite =
    options.template === 'empty'
      ? await PGlite.create()
      : await PGlite.create({ loadDataDir: await (pgliteTemplate ??= readPgliteTemplate()) })
  const queries: TestQueries = {
    query: async (text, values = []) => (await pglite.query<Record<string, unknown>>(text, [...values])).rows,
    run: async (text) => {
      await pglite.exec(text)
    },
  }
  return {
    ...queries,
    kind: 'PGlite',
    capture: 'compiled',
    isSuperuser: true,
    database: pglite,
    session: async (work) => {
      try {
        return await work(queries)
      } finally {
        await pglite.exec('rollback; reset all; reset role')
      }
    },
    close: () => pglite.close(),
  }
}

/**
 * Declares the same suite three times, each with a fresh database in which Backstory is installed: on PostgreSQL
 * (compiled capture), on PostgreSQL installed by a role that is no superuser (generic capture), and on PGlite (compiled
 * capture). `db()` gives the database inside tests and hooks.
 */
export function describeOnEveryDatabase(title: string, suite: (db: () => TestDatabase) => void): void {
  describeOn(
    { ...withoutRole, 'PostgreSQL without superuser': () => openPostgres({ role: 'owner' }) },
    title,
    suite,
  )
}

/** The same twice, for what reads the log: who has installed makes no difference to it. */
export function describeOnPostgresAndPglite(title: string, suite: (db: () => TestDatabase) => void): void {
  describeOn(withoutRole, title, suite)
}

const withoutRole = { PostgreSQL: openPostgres, PGlite: openPglite }

function describeOn(
  targets: Readonly<Record<string, () => Promise<TestDatabase>>>,
  title: string,
  suite: (db: () => TestDatabase) => void,
): void {
  for (const [kind, open] of Object.entries(targets)) {
    describe(`${title} (${kind})`, () => {
      let opened: TestDatabase | undefined
      beforeAll(async () => {
        opened = await open()
      })
      afterAll(async () => {
        await opened?.close()
      })
      suite(() => {
        if (opened === undefined) throw new Error('The database is open only inside tests and hooks.')
        return opened
      })
    })
  }
}

/** Waits until nobody is connected: a pool has ended before its sockets have closed. */
async function untilLeft(database: string): Promise<void> {
  for (;;) {
    const connected = await administer(
      `select 1 from pg_stat_activity where datname = '${database}' and backend_type = 'client backend'`,
    )
    if (connected.length === 0) return
  }
}

/** Runs one statement on the server's maintenance database, as superuser. */
async function administer(statement: string): Promise<unknown[]> {
  // a login costs more than most statements of it
  administration ??= new pg.Pool({
    connectionString: inject('serverUrl'),
    max: 2,
    idleTimeoutMillis: 500,
    allowExitOnIdle: true,
  })
  return (await administration.query<Record<string, unknown>>(statement)).rows
}

let administration: pg.Pool | undefined
