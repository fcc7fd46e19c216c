import { yardsticks } from '../captures/captures.ts'
import type { Scenario } from '../scenario.ts'
import { withSubjects } from '../subjects.ts'
import { measureFromNode, prepareContest } from '../workloads/measure-rows.ts'
import { updateColumn } from '../workloads/row-workloads.ts'

/** The update of one column with a commit that waits for the disk, and with one that does not. */
export const commit: Scenario = {
  name: 'commit',
  run: (workplace) =>
    withSubjects(workplace, yardsticks, async function* ({ subjects }) {
      for (const synchronous of ['off', 'on']) {
        for (const { client } of subjects) await client.query(`set synchronous_commit = ${synchronous}`)
        const contest = await prepareContest(workplace, subjects, updateColumn)
        yield {
          title: `${updateColumn.title}, synchronous_commit = ${synchronous}, from Node, prepared`,
          unit: 'µs a write',
          results: await measureFromNode(workplace, contest),
          goals: [],
        }
      }
    }),
}
