import { peers, yardsticks } from '../captures/captures.ts'
import { aFifthOf, fastestOf, withinLimit } from '../distance.ts'
import { findPgbench } from '../pgbench.ts'
import type { Result } from '../rounds.ts'
import { atMost, type Goal, type Scenario } from '../scenario.ts'
import { withSubjects } from '../subjects.ts'
import { measureByPgbench, measureFromNode, prepareContest } from '../workloads/measure-rows.ts'
import {
  deleteRow,
  insertRow,
  rowWorkloads,
  updateColumn,
  updateKey,
  type RowWorkload,
} from '../workloads/row-workloads.ts'

/** Writes of one row, one transaction each: from Node over one connection, and by pgbench over one and four. */
export const singleRow: Scenario = {
  name: 'single-row',
  run: (workplace) =>
    withSubjects(workplace, [...yardsticks, ...peers], async function* ({ subjects, notes }) {
      const version = await findPgbench()
      for (const workload of rowWorkloads) {
        const contest = await prepareContest(workplace, subjects, workload)
        const fromNode = await measureFromNode(workplace, contest)
        yield {
          title: `${workload.title}, from Node, prepared, over one connection`,
          unit: 'µs a write',
          results: fromNode,
          goals: workload === updateColumn || workload === updateKey ? aFifthOf(fromNode, wholeImages) : [],
          notes: workload === updateColumn ? notes : [],
        }
        // to see that it runs, one workload is enough
        if (version === undefined || (workplace.quick && workload !== updateColumn)) continue
        for (const clients of [1, 4]) {
          const results = await measureByPgbench(workplace, contest, clients)
          yield {
            title: `${workload.title}, from ${version}, ${clients === 1 ? 'one client' : `${clients} clients`}`,
            unit: 'µs a write',
            results,
            goals: clients === 1 ? goalsOf(workload, results) : [],
          }
        }
      }
    }),
}

// those whose entries hold the whole row, old or new or both, whatever changed of it
const wholeImages: readonly string[] = [
  'generic trigger',
  'audit-trigger',
  'carbonite',
  'django-pghistory',
  'supa_audit',
  'table_log',
]

function goalsOf(workload: RowWorkload, results: readonly Result[]): readonly Goal[] {
  const rivals = fastestOf(
    results,
    peers.map(({ name }) => name),
  )
  switch (workload) {
    case updateColumn:
      return [
        ...atMost(results, 'Backstory', 'ratio', 1.25, 'at most 1.25 times the bare update'),
        ...withinLimit(results, 1.3),
        ...rivals,
      ]
    case updateKey:
      return [...withinLimit(results, 3), ...rivals]
    case insertRow:
    case deleteRow:
      return [...withinLimit(results, 1.3), ...rivals]
    default:
      return []
  }
}
