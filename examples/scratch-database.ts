import { randomBytes } from 'node:crypto'

import pg from 'pg'

import { explainConnectionError } from './explain-connection-error.ts'
import { ExplainedError } from './explained-error.ts'

/** A database of our own for the length of one run. */
export interface ScratchDatabase {
  readonly url: string
  readonly name: string
  /** `PostgreSQL 18.4`, as the server calls itself. */
  readonly server: string
  /** Drops the database, and stops the server if it is ours. */
  readonly close: () => Promise<void>
}

/**
 * Creates an empty database: on the server of `databaseUrl`, or else on a PostgreSQL that is started for it. No
 * existing database is touched; the new one is dropped by `close`, or when the program is interrupted.
 *
 * @throws ExplainedError when the server cannot be reached, is too old, refuses the login or the new database
 */
export async function openScratchDatabase(options: {
  readonly purpose: string
  readonly databaseUrl: string | undefined
  readonly interrupted: AbortSignal
}): Promise<ScratchDatabase> {
  const server = options.databaseUrl === undefined ? await startServer() : useServer(options.databaseUrl)
  const name = `backstory_${options.purpose}_${randomBytes(4).toString('hex')}`
  const drop = (): Promise<unknown> =>
    onServer(server.url, (admin) => admin.query(`drop database if exists ${name} with (force)`))
  let version: string
  try {
    version = await onServer(server.url, async (admin) => {
      const { rows } = await admin.query<{ server_version: string }>('show server_version')
      const found = rows[0]?.server_version ?? ''
      if (Number.parseInt(found, 10) < 14) {
        throw new ExplainedError(`PostgreSQL ${found} is too old: Backstory needs 14 or later.`)
      }
      await admin.query(`create database ${name}`)
      return found
    })
  } catch (error) {
    await server.stop()
    throw error instanceof ExplainedError ? error : explainConnectionError(error, server.url)
  }
  // whatever works in it fails then, and its own clean-up ends the program
  options.interrupted.addEventListener('abort', () => void drop().catch(() => {}))
  if (options.interrupted.aborted) await drop()
  options.interrupted.throwIfAborted()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return {
    url: url.href,
    name,
    server: `PostgreSQL ${version.split(' ')[0]}`,
    close: async () => {
      await drop()
      await server.stop()
    },
  }
}

interface Server {
  readonly url: string
  readonly stop: () => Promise<void>
}

async function startServer(): Promise<Server> {
  // loaded only where it is needed: it takes over what happens when the process ends
  const { startEmbeddedServer } = await import('../dev/embedded-server.ts')
  return startEmbeddedServer({ settings: ['synchronous_commit=off'] })
}

function useServer(url: string): Server {
  return { url, stop: async () => {} }
}

async function onServer<Result>(url: string, work: (admin: pg.Client) => Promise<Result>): Promise<Result> {
  const admin = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}
