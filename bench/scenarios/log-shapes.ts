import { backstory, indexed, partitioned } from '../captures/backstory.ts'
import { bare } from '../captures/bare.ts'
import { limit } from '../captures/limit.ts'
import type { Scenario } from '../scenario.ts'
import { withSubjects } from '../subjects.ts'
import { measureFromNode, prepareContest } from '../workloads/measure-rows.ts'
import { insertRow, updateColumn } from '../workloads/row-workloads.ts'

/** What a partitioned log costs, and one with the indexes that a viewer wants, beside the plain one. */
export const logShapes: Scenario = {
  name: 'log-shapes',
  run: (workplace) =>
    withSubjects(
      workplace,
      [bare, limit, backstory, partitioned, indexed],
      async function* ({ subjects, notes }) {
        for (const workload of [updateColumn, insertRow]) {
          const contest = await prepareContest(workplace, subjects, workload)
          yield {
            title: `${workload.title}, by the shape of the log, from Node, prepared`,
            unit: 'µs a write',
            results: await measureFromNode(workplace, contest),
            goals: [],
            notes: workload === updateColumn ? notes : [],
          }
        }
      },
    ),
}
