import { runRounds } from '../rounds.ts'
import { atMost, type Finding, type Scenario, type Workplace } from '../scenario.ts'
import { elementId, rowCount, watchers } from '../world-elements.ts'
import { findPgbench, runPgbench } from '../pgbench.ts'

/** The update of one column by primary key, prepared, one transaction each, over one connection. */
export const singleRow: Scenario = {
  name: 'single-row',
  run: async (workplace) => {
    const fromNode = await measureFromNode(workplace)
    const version = await findPgbench()
    if (version === undefined) return [withGoal(fromNode)]
    return [fromNode, withGoal(await measureByPgbench(workplace, version))]
  },
}

// by pgbench where there is one: a client that is busy with itself for longer makes every ratio look better
function withGoal(finding: Finding): Finding {
  return {
    ...finding,
    goals: [atMost(finding.results, 'backstory', 'ratio', 1.4, 'at most 1.4 times the bare update')],
  }
}

async function measureFromNode({ client, rounds, writes }: Workplace): Promise<Finding> {
  const results = await runRounds(
    watchers.map((watcher) => ({
      name: watcher,
      run: async () => {
        await client.query(`vacuum ${watcher}_elements`)
        const start = performance.now()
        for (let write = 0; write < writes; write++) {
          await client.query({
            name: `update_${watcher}`,
            text: `update ${watcher}_elements set rank = rank + 1 where id = $1`,
            values: [elementId(1 + Math.floor(Math.random() * rowCount))],
          })
        }
        return ((performance.now() - start) * 1000) / writes
      },
    })),
    rounds,
  )
  return { title: 'Update of one column, from Node', unit: 'µs a write', results, goals: [] }
}

async function measureByPgbench(
  { connection, client, rounds, writes }: Workplace,
  version: string,
): Promise<Finding> {
  const results = await runRounds(
    watchers.map((watcher) => ({
      name: watcher,
      run: async () => {
        await client.query(`vacuum ${watcher}_elements`)
        return runPgbench(
          connection,
          `\\set n random(1, ${rowCount})\nupdate ${watcher}_elements set rank = rank + 1 where id = md5(:n::text)::uuid;`,
          writes,
        )
      },
    })),
    rounds,
  )
  return { title: `Update of one column, from ${version}`, unit: 'µs a write', results, goals: [] }
}
