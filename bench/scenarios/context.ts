import { actingAs } from 'backstory'
import { audited } from 'backstory/pg'
import type pg from 'pg'

import { backstory, untracked } from '../captures/backstory.ts'
import { limit } from '../captures/limit.ts'
import { prepareLimit, withDistance } from '../distance.ts'
import { openPool } from '../databases.ts'
import { elementId } from '../elements.ts'
import { runRounds, type Variant } from '../rounds.ts'
import { atMost, type Finding, type Scenario, type Workplace } from '../scenario.ts'
import { withSubjects, type Subject } from '../subjects.ts'

const who = { userId: 'ada', requestId: 'f3a1', reason: 'bench' }
const text = 'update public.elements set rank = rank + 1 where id = $1'

/** A write that carries its context, from Node: against one that has none, and with capture that records it. */
export const context: Scenario = {
  name: 'context',
  run: (workplace) =>
    withSubjects(workplace, [untracked, limit, backstory], async function* ({ subjects }) {
      const [unwatched] = subjects
      if (unwatched === undefined) return
      yield await measureCarrying(workplace, unwatched)
      yield await measurePrepared(workplace, unwatched)
      yield await measureRecording(workplace, subjects)
    }),
}

async function measureCarrying(workplace: Workplace, { connection }: Subject): Promise<Finding> {
  const plain = openPool(connection)
  const riding = audited(openPool(connection))
  const values = () => randomValues(workplace)
  const timed = timing(workplace, plain)
  const results = await runRounds(
    [
      timed('plain', () => plain.query(text, values())),
      timed('audited, no actor', () => riding.query(text, values())),
      timed('audited, with actor', () => actingAs(who, () => riding.query(text, values()))),
      timed('begin, set, write, commit', async () => {
        const client = await plain.connect()
        await client.query('begin')
        await client.query('select set_config($1, $2, true)', ['app.context', JSON.stringify(who)])
        await client.query(text, values())
        await client.query('commit')
        client.release()
      }),
    ],
    workplace.rounds,
  )
  await Promise.all([plain.end(), riding.end()])
  return {
    title: 'A write with its context, on a table that nobody watches, from Node',
    unit: 'µs a write',
    results,
    goals: atMost(results, 'audited, with actor', 'ratio', 1.15, 'at most 1.15 times the plain statement'),
  }
}

async function measurePrepared(workplace: Workplace, { connection }: Subject): Promise<Finding> {
  const plain = openPool(connection)
  const riding = audited(openPool(connection))
  const named = () => ({ name: 'update_rank', text, values: randomValues(workplace) })
  const timed = timing(workplace, plain)
  const results = await runRounds(
    [
      timed('plain', () => plain.query(named())),
      timed('audited, with actor', () => actingAs(who, () => riding.query(named()))),
    ],
    workplace.rounds,
  )
  await Promise.all([plain.end(), riding.end()])
  return { title: 'The same as a prepared statement', unit: 'µs a write', results, goals: [] }
}

// the limit's entry has the same actor and context, ready-made
async function measureRecording(workplace: Workplace, subjects: readonly Subject[]): Promise<Finding> {
  const pools = new Map(subjects.map(({ capture, connection }) => [capture, openPool(connection)]))
  const riding = audited(pools.get(backstory) ?? openPool({}))
  const write = () =>
    actingAs(who, () => riding.query({ name: 'update_rank', text, values: randomValues(workplace) }))
  await prepareLimit(subjects, async (_, readEntry) => {
    await write()
    await readEntry()
  })
  const results = await runRounds(
    subjects.map(({ capture }) => {
      const pool = pools.get(capture) ?? riding
      const plain = () => pool.query({ name: 'update_rank', text, values: randomValues(workplace) })
      return timing(workplace, pool)(capture.name, capture === backstory ? write : plain)
    }),
    workplace.rounds,
  )
  await Promise.all([...pools.values()].map((pool) => pool.end()))
  return {
    title: 'Update of one column, its actor and context carried and recorded, from Node, prepared',
    unit: 'µs a write',
    results: withDistance(results),
    goals: [],
    notes: ['limit: inserts an entry that has the same actor and context, but is told of neither'],
  }
}

function timing(
  { writes }: Workplace,
  pool: pg.Pool,
): (name: string, write: () => Promise<unknown>) => Variant {
  return (name, write) => ({
    name,
    run: async () => {
      await pool.query('vacuum public.elements')
      const start = performance.now()
      for (let done = 0; done < writes; done++) await write()
      return ((performance.now() - start) * 1000) / writes
    },
  })
}

function randomValues({ rows }: Workplace): [string] {
  return [elementId(1 + Math.floor(Math.random() * rows))]
}
