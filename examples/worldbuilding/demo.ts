import { parseArgs, styleText } from 'node:util'
import { readFile } from 'node:fs/promises'

import { createBackstory, type Backstory } from 'backstory'
import { audited } from 'backstory/pg'
import pg from 'pg'

import { ExplainedError } from '../explained-error.ts'
import { runProgram } from '../run-program.ts'
import { openScratchDatabase } from '../scratch-database.ts'
import { checkLog } from './checks.ts'
import { formatActors, type ActorSummary } from './print/actors.ts'
import { formatChecklist } from '../print/checklist.ts'
import { formatLogRows, type LogRow } from './print/log-table.ts'
import { formatHeading } from '../print/page.ts'
import { formatStates } from './print/states.ts'
import { formatEntry } from './print/timeline.ts'
import { heroine } from './seed.ts'
import { editAtOnce, find, foundWorld, goOn } from './story.ts'
import { createTally } from './tally.ts'

const usage = `npm run demo [-- --database-url postgres://user:password@host:5432/postgres]

Lets several authors write a world at once and shows its audit log. Without a URL it starts a PostgreSQL of its own;
with one it works in a new database on that server, which it drops in the end.`

await runProgram(async (interrupted) => {
  const { 'database-url': databaseUrl, help } = parseOptions()
  if (help) {
    console.log(usage)
    return true
  }
  const database = await openScratchDatabase({ purpose: 'demo', databaseUrl, interrupted })
  try {
    console.log(`${database.server}, database ${database.name}, which is dropped when this ends.`)
    // fewer connections than edits at once: they change hands, the actors must not
    const pool = audited(new pg.Pool({ connectionString: database.url, max: 5 }))
    // a connection that is still closing may be cut when the database is dropped
    pool.on('error', () => {})
    try {
      return await demonstrate(pool)
    } finally {
      await pool.end()
    }
  } finally {
    await database.close()
  }
})

async function demonstrate(pool: pg.Pool): Promise<boolean> {
  const backstory = createBackstory(pool)
  await pool.query(await readFile(new URL('schema.sql', import.meta.url), 'utf8'))
  await install(backstory)

  const tally = createTally()
  const cast = await foundWorld(pool, tally)
  await editAtOnce(pool, tally, cast)
  const moment = await readClock(pool)
  await goOn(pool, tally, cast)

  const id = find(cast, heroine)
  const element = backstory.element('world_elements', id)
  console.log(formatHeading('The log', `SELECT * FROM audit_logs WHERE element_id = '${id}' ORDER BY id;`))
  console.log(formatLogRows(await selectLog(pool, id)))

  console.log(formatHeading(`The backstory of ${heroine}`, 'Oldest first; [-what went-] {+what came+}.'))
  for await (const entry of element.entries({ order: 'oldest' })) console.log(formatEntry(entry))

  console.log(formatHeading('Then and now', `element.at('${moment}')`))
  console.log(formatStates((await element.at(moment)) ?? {}, (await element.at(new Date())) ?? {}))

  console.log(formatHeading('Who did what', 'select user_id, action, count(*) from audit_logs group by …'))
  console.log(formatActors(await selectActors(pool)))

  const checks = await checkLog(pool, backstory, { cast, written: tally.written() })
  const held = checks.every((check) => check.held)
  console.log(formatHeading('What held', 'The log against what was written, and against what is there now.'))
  console.log(`${formatChecklist(checks)}\n`)
  console.log(held ? styleText('green', 'All of it held.') : styleText('red', 'Not all of it held.'))
  return held
}

async function install(backstory: Backstory<pg.Pool>): Promise<void> {
  await backstory.install()
  await backstory.track('authors', { label: 'name' })
  await backstory.track('worlds', { scope: 'id', label: 'name' })
  await backstory.track('world_elements', {
    scope: 'world_id',
    label: 'name',
    ignore: ['updated_at'],
    redact: ['secret_notes'],
  })
  await backstory.track('relations')
  await backstory.track('tags', { scope: 'world_id', label: 'name' })
  await backstory.track('element_tags')
}

async function readClock(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ now: string }>(
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
  )
  return rows[0]?.now ?? ''
}

async function selectLog(pool: pg.Pool, id: string): Promise<readonly LogRow[]> {
  const { rows } = await pool.query<LogRow>({
    text: 'SELECT * FROM audit_logs WHERE element_id = $1 ORDER BY id',
    values: [id],
    // every column as PostgreSQL writes it
    types: { getTypeParser: () => String },
  })
  return rows
}

async function selectActors(pool: pg.Pool): Promise<readonly ActorSummary[]> {
  const { rows } = await pool.query<ActorSummary>(`
    select
      user_id as "userId",
      context ->> 'actorKind' as "actorKind",
      context ->> 'onBehalfOf' as "onBehalfOf",
      count(*) filter (where action = 'insert') as inserts,
      count(*) filter (where action = 'update') as updates,
      count(*) filter (where action = 'delete') as deletes,
      count(distinct (element_type, element_id)) as elements,
      string_agg(distinct context ->> 'reason', ', ') as reasons
    from audit_logs
    group by 1, 2, 3
    order by count(*) desc, user_id`)
  return rows
}

function parseOptions(): { readonly 'database-url'?: string; readonly help?: boolean } {
  try {
    return parseArgs({
      options: { 'database-url': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values
  } catch (error) {
    throw new ExplainedError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}
