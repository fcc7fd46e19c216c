import { peers, yardsticks } from '../captures/captures.ts'
import { withTransactionRow } from '../captures/capture.ts'
import { fastestOf, prepareLimit, withDistance, withinLimit } from '../distance.ts'
import { findPgbench, runPgbench } from '../pgbench.ts'
import { formatNumber } from '../print.ts'
import { runRounds, type Result } from '../rounds.ts'
import { atMost, type Finding, type Goal, type Scenario, type Workplace } from '../scenario.ts'
import { countEntries, withSubjects, type Subject } from '../subjects.ts'
import { createTally } from '../tally.ts'
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
      for (const [place, workload] of rowWorkloads.entries()) {
        yield* measure(workplace, subjects, workload, place === 0 ? notes : [])
      }
    }),
}

async function* measure(
  workplace: Workplace,
  subjects: readonly Subject[],
  workload: RowWorkload,
  notes: readonly string[],
): AsyncGenerator<Finding> {
  const { rounds, rows, writes } = workplace
  const hasLimit = await prepareLimit(subjects, async ({ client, capture }, readEntry) => {
    await workload.prepare(client, 1)
    await client.query(statementOf(capture, workload, 1))
    await readEntry()
  })
  const present = subjects.filter(({ capture }) => hasLimit || capture.name !== 'limit')
  const entries = new Map<string, string>()
  for (const subject of present) {
    entries.set(subject.capture.name, formatEntries(await countCaptured(subject, workload, rows)))
  }

  const tally = createTally()
  const fromNode = await runRounds(
    present.map((subject) => ({
      name: subject.capture.name,
      run: async () => {
        await workload.prepare(subject.client, writes)
        return tally.around(subject, writes, () => writeFromNode(subject, workload, { rows, writes }))
      },
    })),
    rounds,
  )
  yield {
    title: `${workload.title}, from Node, prepared, over one connection`,
    unit: 'µs a write',
    results: withDistance(
      fromNode.map((result) => ({
        ...result,
        facts: {
          entries: entries.get(result.name) ?? '',
          'log bytes': formatNumber(tally.of(result.name).logBytes),
          'WAL bytes': formatNumber(tally.of(result.name).walBytes),
        },
      })),
    ),
    goals: [],
    notes,
  }

  const version = await findPgbench()
  if (version === undefined) return
  for (const clients of [1, 4]) {
    const results: readonly Result[] = await runRounds(
      present.map(({ capture, client, connection }) => ({
        name: capture.name,
        run: async () => {
          await workload.prepare(client, writes)
          const statement = withTransactionRow(capture, workload.statement).replaceAll('$1', ':n')
          const script = `\\set n random(1, ${rows})\n${statement.replaceAll(/\s+/g, ' ').trim()};`
          return runPgbench(connection, script, { transactions: writes, clients })
        },
      })),
      rounds,
    )
    const found = withDistance(
      results.map((result) => ({ ...result, facts: { entries: entries.get(result.name) ?? '' } })),
    )
    yield {
      title: `${workload.title}, from ${version}, ${clients === 1 ? 'one client' : `${clients} clients`}`,
      unit: 'µs a write',
      results: found,
      goals: clients === 1 ? goalsOf(workload, found) : [],
    }
  }
}

function goalsOf(workload: RowWorkload, results: readonly Result[]): readonly Goal[] {
  const names = peers.map(({ name }) => name)
  switch (workload) {
    case updateColumn:
      return [
        ...atMost(results, 'Backstory', 'ratio', 1.25, 'at most 1.25 times the bare update'),
        ...withinLimit(results, 1.3),
        ...fastestOf(results, names),
      ]
    case updateKey:
      return [...withinLimit(results, 3), ...fastestOf(results, names)]
    case insertRow:
    case deleteRow:
      return [...withinLimit(results, 1.3), ...fastestOf(results, names)]
    default:
      return []
  }
}

// what a peer does not capture is found by looking into its log, not by reading about it
async function countCaptured(subject: Subject, workload: RowWorkload, rows: number): Promise<number> {
  const writes = 20
  await workload.prepare(subject.client, writes)
  const before = await countEntries(subject)
  await writeFromNode(subject, workload, { rows, writes })
  return ((await countEntries(subject)) - before) / writes
}

function formatEntries(entries: number): string {
  return entries < 0 ? 'lost' : String(Math.round(entries * 100) / 100)
}

async function writeFromNode(
  { capture, client }: Subject,
  workload: RowWorkload,
  { rows, writes }: { readonly rows: number; readonly writes: number },
): Promise<number> {
  const start = performance.now()
  for (let write = 0; write < writes; write++) {
    await client.query(statementOf(capture, workload, 1 + Math.floor(Math.random() * rows)))
  }
  return ((performance.now() - start) * 1000) / writes
}

function statementOf(capture: Subject['capture'], workload: RowWorkload, number: number) {
  return {
    name: workload.title,
    text: withTransactionRow(capture, workload.statement),
    values: workload.statement.includes('$1') ? [number] : [],
  }
}
