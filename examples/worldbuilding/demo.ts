import { parseArgs } from 'node:util'

import { audited } from 'backstory/pg'
import pg from 'pg'

import { ExplainedError } from '../explained-error.ts'
import { runProgram } from '../run-program.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { report } from './report.ts'
import { serve } from './serve.ts'

const usage = `npm run demo [-- --once] [--port 4000] [--database-url postgres://user:password@host:5432/postgres]

Lets several authors write a world at once, then serves it with its history until Ctrl-C. With --once, and where there is
no terminal, it prints the log instead, checks it, and ends by itself. Without a URL it starts a PostgreSQL of its own;
with one it works in a new database on that server, which it drops in the end.`

await runProgram(async (interrupted) => {
  const { 'database-url': databaseUrl, help, once, port } = parseOptions()
  if (help) {
    console.log(usage)
    return true
  }
  // nobody would open the page, and nobody would end it
  const isWatched = process.stdin.isTTY && process.env['CI'] === undefined
  const isOnce = once || (!isWatched && port === undefined)
  const database = await openScratchDatabase({ purpose: 'demo', databaseUrl, interrupted })
  try {
    console.log(`${database.server}, database ${database.name}, which is dropped when this ends.`)
    if (isOnce && !once) {
      console.log(
        'There is no terminal: this prints the report and ends, as with --once. --port 4000 serves.',
      )
    }
    // fewer connections than edits at once: they change hands, the actors must not
    const pool = audited(new pg.Pool({ connectionString: database.url, max: 5 }))
    // the database is dropped under idle connections when this is interrupted
    pool.on('error', () => {})
    try {
      if (isOnce) return await report(pool)
      await serve(pool, { port, interrupted })
      return true
    } finally {
      await pool.end()
    }
  } finally {
    await database.close()
  }
})

interface DemoOptions {
  readonly 'database-url'?: string
  readonly help: boolean
  readonly once: boolean
  readonly port: number | undefined
}

function parseOptions(): DemoOptions {
  try {
    const { values } = parseArgs({
      options: {
        'database-url': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
        once: { type: 'boolean', default: false },
        port: { type: 'string' },
      },
    })
    const { port, ...others } = values
    if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new Error(`--port is a number, not ${port}.`)
    return { ...others, port: port === undefined ? undefined : Number(port) }
  } catch (error) {
    throw new ExplainedError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}
