import { withTransactionRow, type Capture } from '../captures/capture.ts'
import { prepareLimit, withDistance } from '../distance.ts'
import { runPgbench } from '../pgbench.ts'
import { formatNumber } from '../print.ts'
import { runRounds, withFacts, type Result } from '../rounds.ts'
import type { Workplace } from '../scenario.ts'
import { countEntries, type Subject } from '../subjects.ts'
import { createTally } from '../tally.ts'
import type { RowWorkload } from './row-workloads.ts'

/** Subjects that are ready for a workload, and how many entries each of them makes of a write. */
export interface Contest {
  readonly workload: RowWorkload
  readonly subjects: readonly Subject[]
  /** By the name of the capture: `1`, `0`, `lost` where the write removes entries. */
  readonly entries: ReadonlyMap<string, string>
}

/**
 * Makes subjects ready: the limit inserts what Backstory does, and is left out where that is nothing. What a peer does not
 * capture is found by looking into its log, not by reading about it.
 */
export async function prepareContest(
  { rows }: Workplace,
  subjects: readonly Subject[],
  workload: RowWorkload,
): Promise<Contest> {
  const hasLimit = await prepareLimit(subjects, async ({ client, capture }, readEntry) => {
    await workload.prepare(client, 1)
    await client.query(statementOf(capture, workload, 1))
    await readEntry()
  })
  const present = subjects.filter(({ capture }) => hasLimit || capture.name !== 'limit')
  const entries = new Map<string, string>()
  const writes = 20
  for (const subject of present) {
    await workload.prepare(subject.client, writes)
    const before = await countEntries(subject)
    await writeFromNode(subject, workload, { rows, writes })
    const captured = ((await countEntries(subject)) - before) / writes
    entries.set(subject.capture.name, captured < 0 ? 'lost' : String(Math.round(captured * 100) / 100))
  }
  return { workload, subjects: present, entries }
}

/** Writes over one connection of `pg`, prepared; with the bytes that a change leaves in the log and in the WAL. */
export async function measureFromNode(
  { rounds, rows, writes }: Workplace,
  { workload, subjects, entries }: Contest,
): Promise<readonly Result[]> {
  const tally = createTally()
  const results = await runRounds(
    subjects.map((subject) => ({
      name: subject.capture.name,
      run: async () => {
        await workload.prepare(subject.client, writes)
        return tally.around(subject, writes, () => writeFromNode(subject, workload, { rows, writes }))
      },
    })),
    rounds,
  )
  return withDistance(
    withFacts(results, ({ name }) => ({
      entries: entries.get(name) ?? '',
      'log bytes': formatNumber(tally.of(name).logBytes),
      'WAL bytes': formatNumber(tally.of(name).walBytes),
    })),
  )
}

/** The same from pgbench, over so many connections at once. */
export async function measureByPgbench(
  { rounds, rows, writes }: Workplace,
  { workload, subjects, entries }: Contest,
  clients: number,
): Promise<readonly Result[]> {
  const results = await runRounds(
    subjects.map(({ capture, client, connection }) => ({
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
  return withDistance(withFacts(results, ({ name }) => ({ entries: entries.get(name) ?? '' })))
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

function statementOf(capture: Capture, workload: RowWorkload, number: number) {
  return {
    name: workload.title,
    text: withTransactionRow(capture, workload.statement),
    values: workload.statement.includes('$1') ? [number] : [],
  }
}
