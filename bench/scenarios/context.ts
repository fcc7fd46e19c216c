import { actingAs } from 'backstory'
import { audited } from 'backstory/pg'
import pg from 'pg'

import { runRounds } from '../rounds.ts'
import { atMost, type Scenario } from '../scenario.ts'
import { elementId, rowCount } from '../world-elements.ts'

/** A write that carries its context against one that has none, from Node, on a table that nobody watches. */
export const context: Scenario = {
  name: 'context',
  run: async ({ connection, rounds, writes }) => {
    const plain = new pg.Pool({ ...connection, max: 1 })
    const riding = audited(new pg.Pool({ ...connection, max: 1 }))
    const who = { userId: 'ada', requestId: 'f3a1', reason: 'bench' }
    const text = 'update bare_elements set rank = rank + 1 where id = $1'
    const values = () => [elementId(1 + Math.floor(Math.random() * rowCount))]
    const timed = (name: string, write: () => Promise<unknown>) => ({
      name,
      run: async () => {
        await plain.query('vacuum bare_elements')
        const start = performance.now()
        for (let done = 0; done < writes; done++) await write()
        return ((performance.now() - start) * 1000) / writes
      },
    })
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
      rounds,
    )
    const named = { name: 'update_rank', text }
    const prepared = await runRounds(
      [
        timed('plain', () => plain.query({ ...named, values: values() })),
        timed('audited, with actor', () => actingAs(who, () => riding.query({ ...named, values: values() }))),
      ],
      rounds,
    )
    await Promise.all([plain.end(), riding.end()])
    return [
      {
        title: 'A write with its context, from Node',
        unit: 'µs a write',
        results,
        goals: [
          atMost(results, 'audited, with actor', 'ratio', 1.15, 'at most 1.15 times the plain statement'),
        ],
      },
      {
        title: 'The same as a prepared statement',
        unit: 'µs a write',
        results: prepared,
        goals: [],
      },
    ]
  },
}
