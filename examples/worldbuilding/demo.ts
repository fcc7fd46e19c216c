import { parseArgs } from 'node:util'

import { ExplainedError } from '../explained-error.ts'
import { runProgram } from '../run-program.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { openApplication, type Capture } from './application.ts'
import { report } from './report.ts'
import { serve } from './serve.ts'

const usage = `npm run demo -- [--capture trigger|listener] [--once] [--port 4000] [--database-url postgres://user:password@host:5432/postgres]

Lets several authors write a world at once, then serves it with its history until Ctrl-C. With --once, and where there is
no terminal, it prints the log instead, checks it, and ends by itself. Entries are made by triggers of the database, or with
--capture listener by listeners of MikroORM's events. Without a URL it starts a PostgreSQL of its own; with one it works in
a new database on that server, which it drops in the end.`

const captures = {
  trigger: 'MikroORM writes, and triggers of the database record it (--capture trigger).',
  listener: 'MikroORM writes, and listeners of its own events record it (--capture listener).',
} as const satisfies Record<Capture, string>

await runProgram(async (interrupted) => {
  const { capture, 'database-url': databaseUrl, help, once, port } = parseOptions()
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
    console.log(captures[capture])
    if (isOnce && !once) {
      console.log(
        'There is no terminal: this prints the report and ends, as with --once. --port 4000 serves.',
      )
    }
    const application = await openApplication({ url: database.url, capture })
    try {
      if (isOnce) return await report(application)
      await serve(application, { port, interrupted })
      return true
    } finally {
      await application.close()
    }
  } finally {
    await database.close()
  }
})

interface DemoOptions {
  readonly capture: Capture
  readonly 'database-url'?: string
  readonly help: boolean
  readonly once: boolean
  readonly port: number | undefined
}

function parseOptions(): DemoOptions {
  try {
    const { values } = parseArgs({
      options: {
        capture: { type: 'string', default: 'trigger' },
        'database-url': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
        once: { type: 'boolean', default: false },
        port: { type: 'string' },
      },
    })
    const { capture, port, ...others } = values
    if (capture !== 'trigger' && capture !== 'listener')
      throw new Error(`--capture is trigger or listener, not ${capture}.`)
    if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new Error(`--port is a number, not ${port}.`)
    return { ...others, capture, port: port === undefined ? undefined : Number(port) }
  } catch (error) {
    throw new ExplainedError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}
