import type pg from 'pg'

import { peers, yardsticks } from '../captures/captures.ts'
import { fastestOf, prepareLimit, withDistance, withinLimit } from '../distance.ts'
import { formatNumber } from '../print.ts'
import { runRounds, withFacts } from '../rounds.ts'
import type { Finding, Scenario, Workplace } from '../scenario.ts'
import { countEntries, withSubjects, type Subject } from '../subjects.ts'
import { createTally, type Tally } from '../tally.ts'
import { bulkWorkloads, type BulkWorkload } from '../workloads/bulk-workloads.ts'

/** One statement over all rows: update, insert … select, COPY, delete. */
export const bulk: Scenario = {
  name: 'bulk',
  run: (workplace) =>
    withSubjects(workplace, [...yardsticks, ...peers], async function* ({ subjects, notes }) {
      for (const [place, workload] of bulkWorkloads.entries()) {
        yield await measure(workplace, subjects, workload, place === 0 ? notes : [])
      }
    }),
}

async function measure(
  { rounds, rows }: Workplace,
  subjects: readonly Subject[],
  workload: BulkWorkload,
  notes: readonly string[],
): Promise<Finding> {
  const [first] = subjects
  if (first === undefined) throw new Error('There is nobody to measure.')
  const write = await workload.prepare(first.client)
  await prepareLimit(subjects, (subject, readEntry) =>
    rolledBack(subject, () => write(subject.client), readEntry),
  )
  const tally = createTally()
  const entries = new Map<string, string>()
  for (const subject of subjects) {
    entries.set(subject.capture.name, await countCaptured(subject, write, { rows, tally }))
  }
  const results = await runRounds(
    subjects.map((subject) => ({
      name: subject.capture.name,
      run: async () => (await timed(subject, write)) / rows,
    })),
    rounds,
  )
  const found = withDistance(
    withFacts(results, ({ name }) => ({
      entries: entries.get(name) ?? '',
      'log bytes': formatNumber(tally.of(name).logBytes),
      'WAL bytes': formatNumber(tally.of(name).walBytes),
    })),
  )
  return {
    title: `${workload.title} (${rows})`,
    unit: 'µs a row',
    results: found,
    goals: [
      ...withinLimit(found, 1.3),
      ...fastestOf(
        found,
        peers.map(({ name }) => name),
      ),
    ],
    notes,
  }
}

async function timed(subject: Subject, write: (client: pg.Client) => Promise<unknown>): Promise<number> {
  let tookMs = 0
  await rolledBack(subject, async () => {
    const start = performance.now()
    await write(subject.client)
    tookMs = performance.now() - start
  })
  return tookMs * 1000
}

async function countCaptured(
  subject: Subject,
  write: (client: pg.Client) => Promise<unknown>,
  { rows, tally }: { readonly rows: number; readonly tally: Tally },
): Promise<string> {
  let captured = 0
  const before = await countEntries(subject)
  await rolledBack(subject, async () => {
    await tally.around(subject, rows, () => write(subject.client))
    captured = ((await countEntries(subject)) - before) / rows
  })
  return captured < 0 ? 'lost' : String(Math.round(captured * 100) / 100)
}

// every statement is rolled back, so that each round begins with the same rows; its cost has been paid by then
async function rolledBack(
  { client, capture }: Subject,
  ...work: readonly (() => Promise<unknown>)[]
): Promise<void> {
  await client.query('begin')
  if (capture.transactionRow !== undefined) await client.query(capture.transactionRow)
  for (const part of work) await part()
  await client.query('rollback')
  await client.query(['vacuum public.elements', ...capture.logTables].join(', '))
}
