/**
 * Draws the charts of the documentation from the results of the bench: `npm run bench:charts`. It measures nothing; what
 * was not measured is not drawn anew.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Result } from '../rounds.ts'
import type { Finding } from '../scenario.ts'
import { drawBars, drawLines, type Bar } from './svg.ts'

const results = join(import.meta.dirname, '..', 'results')
const folder = join(import.meta.dirname, '..', '..', 'docs', 'charts')

/** A chart of bars: one finding, one figure of each of its results. */
interface BarChart {
  readonly file: string
  readonly scenario: string
  /** What the title of the finding begins with and contains. */
  readonly finding: readonly [string, string]
  readonly title: string
  readonly subtitle: string
  readonly read: (result: Result) => number
}

const ratio = ({ ratio: value }: Result) => value
const logBytes = ({ facts }: Result) => parseFigure(facts?.['log bytes'])

const barCharts: readonly BarChart[] = [
  {
    file: 'update.svg',
    scenario: 'single-row',
    finding: ['Update of one column', 'from Node'],
    title: 'Update of one column, a transaction each, from Node',
    subtitle: 'times the bare update; less is better',
    read: ratio,
  },
  {
    file: 'insert.svg',
    scenario: 'single-row',
    finding: ['Insert of one row', 'from Node'],
    title: 'Insert of one row, a transaction each, from Node',
    subtitle: 'times the bare insert; less is better',
    read: ratio,
  },
  {
    file: 'log-bytes.svg',
    scenario: 'single-row',
    finding: ['Update of one column', 'from Node'],
    title: 'Log and its indexes, an update of one column',
    subtitle: 'bytes a change; less is better',
    read: logBytes,
  },
  {
    file: 'bulk-update.svg',
    scenario: 'bulk',
    finding: ['One UPDATE', ''],
    title: 'One UPDATE of 10,000 rows',
    subtitle: 'times the bare statement; less is better',
    read: ratio,
  },
  {
    file: 'bulk-insert.svg',
    scenario: 'bulk',
    finding: ['One INSERT', ''],
    title: 'One INSERT … SELECT of 10,000 rows',
    subtitle: 'times the bare statement; less is better',
    read: ratio,
  },
  {
    file: 'document-diff.svg',
    scenario: 'document-diff',
    finding: ['The difference', ''],
    title: 'The difference of two documents',
    subtitle: 'times diffDocuments; less is better',
    read: ratio,
  },
]

await mkdir(folder, { recursive: true })
for (const chart of barCharts) {
  const [start, part] = chart.finding
  const finding = (await readFindings(chart.scenario)).find(
    ({ title }) => title.startsWith(start) && title.includes(part),
  )
  const bars = (finding?.results ?? [])
    .map((result) => ({ name: result.name, value: chart.read(result), kind: kindOf(result.name) }))
    .filter(({ value }) => value > 0)
  if (bars.length > 0) await write(chart.file, drawBars(chart.title, chart.subtitle, bars))
}

const growth = await readFindings('growth')
if (growth.length > 0) {
  const lines = growth.map(({ title, results: found }) => ({
    name: title.replace(', by the length of the log', ''),
    points: found.map(({ name, median }) => ({ at: parseFigure(name), value: median })),
  }))
  await write('growth.svg', drawLines('As the log grows', 'µs, by the number of entries', lines))
}

async function readFindings(scenario: string): Promise<readonly Finding[]> {
  const file = join(results, `${scenario}.json`)
  if (!existsSync(file)) return []
  const { findings }: { readonly findings: readonly Finding[] } = JSON.parse(await readFile(file, 'utf8'))
  return findings
}

async function write(file: string, svg: string): Promise<void> {
  await writeFile(join(folder, file), svg)
  console.log(`docs/charts/${file}`)
}

function kindOf(name: string): Bar['kind'] {
  if (name === 'Backstory' || name === 'diffDocuments' || name === 'toJsonPatch') return 'own'
  return name === 'bare' || name === 'limit' ? 'yardstick' : 'other'
}

// `1,002,636 entries`, `347`
function parseFigure(text: string | undefined): number {
  return Number(/[\d,.]+/.exec(text ?? '')?.[0].replaceAll(',', ''))
}
