import { styleText } from 'node:util'

import type pg from 'pg'

import { formatChecklist } from '../print/checklist.ts'
import { formatHeading } from '../print/page.ts'
import type { Application } from './application.ts'
import { checkLog } from './checks.ts'
import { formatActors, type ActorSummary } from './print/actors.ts'
import { formatLogRows, type LogRow } from './print/log-table.ts'
import { formatStates } from './print/states.ts'
import { formatEntry } from './print/timeline.ts'
import { heroine } from './seed.ts'
import { editAtOnce, find, foundWorld, goOn } from './story.ts'
import { createTally } from './tally.ts'

/** Lets the authors write their world, prints its log, and checks it. Whether all of it held. */
export async function report(application: Application): Promise<boolean> {
  const { backstory, pool } = application
  const tally = createTally()
  const cast = await foundWorld(application, tally)
  await editAtOnce(application, tally, cast)
  const moment = await readClock(pool)
  await goOn(application, tally, cast)

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

  const checks = await checkLog(application, { cast, written: tally.written() })
  const held = checks.every((check) => check.held)
  console.log(formatHeading('What held', 'The log against what was written, and against what is there now.'))
  console.log(`${formatChecklist(checks)}\n`)
  console.log(held ? styleText('green', 'All of it held.') : styleText('red', 'Not all of it held.'))
  return held
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
