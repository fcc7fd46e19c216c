import { runRounds } from '../rounds.ts'
import { atMost, type Finding, type Scenario, type Workplace } from '../scenario.ts'
import { rowCount, watchers, type Watcher } from '../world-elements.ts'

/** One statement over 10,000 rows: update, insert, delete. */
export const bulk: Scenario = {
  name: 'bulk',
  run: async (workplace) => {
    const update = await measure(
      workplace,
      'One UPDATE of 10,000 rows',
      (watcher) => `update ${watcher}_elements set rank = rank + 1`,
    )
    const insert = await measure(
      workplace,
      'One INSERT of 10,000 rows',
      (
        watcher,
      ) => `insert into ${watcher}_elements select md5('new' || id)::uuid, world_id, kind, name, summary, body,
        attributes, rank, score, hidden, created_at, updated_at from bare_elements limit ${rowCount}`,
    )
    const remove = await measure(
      workplace,
      'One DELETE of 10,000 rows',
      (watcher) => `delete from ${watcher}_elements`,
    )
    const generic = update.results.find(({ name }) => name === 'generic')?.added ?? Number.NaN
    return [
      {
        ...update,
        goals: [
          atMost(
            update.results,
            'backstory',
            'added',
            generic / 2,
            'at most half of what the generic trigger adds a row',
          ),
          atMost(update.results, 'backstory', 'added', 13, 'at most 13 µs added a row'),
        ],
      },
      insert,
      remove,
    ]
  },
}

// every statement is rolled back, so that each round begins with the same rows; its cost has been paid by then
async function measure(
  { client, rounds }: Workplace,
  title: string,
  statement: (watcher: Watcher) => string,
): Promise<Finding> {
  const results = await runRounds(
    watchers.map((watcher) => ({
      name: watcher,
      run: async () => {
        await client.query('begin')
        const start = performance.now()
        await client.query(statement(watcher))
        const tookMs = performance.now() - start
        await client.query('rollback')
        await client.query(`vacuum ${watcher}_elements`)
        return (tookMs * 1000) / rowCount
      },
    })),
    rounds,
  )
  return { title, unit: 'µs a row', results, goals: [] }
}
