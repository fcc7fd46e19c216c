import { parseArgs, styleText } from 'node:util'

import { createBackstory } from 'backstory'
import { audited } from 'backstory/pg'
import pg from 'pg'

import { ExplainedError } from '../explained-error.ts'
import { formatChecklist } from '../print/checklist.ts'
import { formatHeading } from '../print/page.ts'
import { runProgram } from '../run-program.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { createDocuments, documentsTable } from './documents.ts'
import { startProgress } from './progress.ts'
import { openEditFile, type EditFile } from './read-edits.ts'
import { replayEdits } from './replay-edits.ts'
import { reportReplay } from './report.ts'
import { verifyReplay } from './verify-replay.ts'

const usage = `npm run replay -- FILE [--database-url URL] [--spot-checks 500] [--seed 1]

Writes an edit history (NDJSON, or .gz of it; the format is in docs/guide/replay.md) into a tracked table, each line as
its author in one transaction, and verifies that the log tells the same history. Without a URL it starts a PostgreSQL
of its own; with one it works in a new database on that server, which it drops in the end.`

await runProgram(async (interrupted) => {
  const options = parseOptions()
  if (options === 'help') {
    console.log(usage)
    return true
  }
  // before the server: a wrong path is told at once
  const file = await openEditFile(options.path)
  const database = await openScratchDatabase({
    purpose: 'replay',
    databaseUrl: options.databaseUrl,
    interrupted,
  })
  try {
    console.log(`${database.server}, database ${database.name}, which is dropped when this ends.`)
    const pool = audited(new pg.Pool({ connectionString: database.url }))
    // a connection that is still closing may be cut when the database is dropped
    pool.on('error', () => {})
    try {
      return await replay(pool, file, options)
    } finally {
      await pool.end()
    }
  } finally {
    await database.close()
  }
})

async function replay(pool: pg.Pool, file: EditFile, options: ReplayOptions): Promise<boolean> {
  const backstory = createBackstory(pool)
  await backstory.install()
  await pool.query(createDocuments)
  await backstory.track(documentsTable, { scope: 'kind' })

  const progress = startProgress(file.sizeBytes)
  const replayed = await replayEdits(pool, file.edits, (line) =>
    progress.update(file.readBytes(), line),
  ).finally(progress.stop)
  console.log(formatHeading('Replayed', options.path))
  console.log(await reportReplay(pool, replayed))

  console.log(formatHeading('What held', 'The log against the file, which is its own oracle.'))
  const checks = await verifyReplay(pool, backstory, replayed.lines, options)
  const held = checks.every((check) => check.held)
  console.log(`${formatChecklist(checks)}\n`)
  console.log(held ? styleText('green', 'All of it held.') : styleText('red', 'Not all of it held.'))
  return held
}

interface ReplayOptions {
  readonly path: string
  readonly databaseUrl: string | undefined
  readonly spotChecks: number
  readonly seed: number
}

function parseOptions(): ReplayOptions | 'help' {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'database-url': { type: 'string' },
        'spot-checks': { type: 'string', default: '500' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) return 'help'
    const [path] = positionals
    if (path === undefined || positionals.length > 1) throw new Error('Name one file of edits.')
    return {
      path,
      databaseUrl: values['database-url'],
      spotChecks: parseCount('--spot-checks', values['spot-checks']),
      seed: parseCount('--seed', values.seed),
    }
  } catch (error) {
    throw new ExplainedError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}

function parseCount(option: string, text: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new Error(`${option} takes a whole number; it is ${text}.`)
}
