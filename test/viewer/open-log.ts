import { createBackstory, type Backstory } from 'backstory'
import { createHandler, type Grant } from 'backstory/http'
import { audited } from 'backstory/pg'
import pg from 'pg'

import { createPostgresDatabase } from '../support/database.ts'
import { serve } from '../support/serve.ts'

/** A log behind the API. */
export interface OpenLog {
  readonly pool: pg.Pool
  readonly backstory: Backstory<pg.Pool>
  /** The paths that were asked for, in order; to be emptied. */
  readonly asked: string[]
  /** The stand-alone page, with an address' parameters. */
  readonly url: (parameters?: Readonly<Record<string, string>>) => string
  readonly close: () => Promise<void>
}

/** Opens a log in a database of its own, made by `fill`. */
export async function openLog(
  fill: (pool: pg.Pool) => Promise<void>,
  can: Grant['can'] = ['read'],
): Promise<OpenLog> {
  const { url, drop } = await createPostgresDatabase()
  const pool = audited(new pg.Pool({ connectionString: url }))
  await fill(pool)
  const backstory = createBackstory(pool)
  const handle = createHandler(backstory, { authorize: () => ({ can }), basePath: '/audit', writes: true })
  const asked: string[] = []
  const server = await serve((request) => {
    const { pathname, search } = new URL(request.url)
    asked.push(pathname + search)
    return handle(request)
  })
  return {
    pool,
    backstory,
    asked,
    url: (parameters = {}) => `${server.origin}/audit/viewer/?${new URLSearchParams(parameters).toString()}`,
    close: async () => {
      await server.stop()
      await pool.end()
      await drop()
    },
  }
}
