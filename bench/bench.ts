/**
 * Measures Backstory beside the bare write and beside the limit: `npm run bench [-- NAME …] [--quick]
 * [--database-url URL]`. Prints ratios of one run; times are those of this machine at this moment.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { createBackstory } from 'backstory'
import Table from 'cli-table3'
import pg from 'pg'

import { startEmbeddedServer } from '../dev/embedded-server.ts'
import type { Finding, Scenario, Workplace } from './scenario.ts'
import { bulk } from './scenarios/bulk.ts'
import { context } from './scenarios/context.ts'
import { history } from './scenarios/history.ts'
import { logSize } from './scenarios/log-size.ts'
import { singleRow } from './scenarios/single-row.ts'
import { createTables } from './world-elements.ts'

// the size first, while the logs are new: space that a rolled back statement leaves would be counted as free
const scenarios: readonly Scenario[] = [logSize, singleRow, bulk, context, history]

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, 'database-url': { type: 'string' } },
})
const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name))
if (unknown !== undefined) {
  console.error(
    `There is no scenario "${unknown}". There are ${scenarios.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(1)
}

const server =
  options['database-url'] === undefined
    ? await startEmbeddedServer({
        settings: ['synchronous_commit=off', 'shared_buffers=512MB', 'max_wal_size=8GB', 'autovacuum=off'],
      })
    : undefined
const admin = new pg.Client({ connectionString: options['database-url'] ?? server?.url })
try {
  await admin.connect()
  const database = `backstory_bench_${process.pid}`
  await admin.query(`create database ${database}`)
  try {
    await measure({
      host: server?.socketFolder ?? admin.host,
      port: admin.port,
      user: admin.user ?? '',
      password: admin.password ?? '',
      database,
    })
  } finally {
    await admin.query(`drop database ${database} with (force)`)
  }
} finally {
  await admin.end()
  await server?.stop()
}

async function measure(connection: pg.ClientConfig): Promise<void> {
  const pool = new pg.Pool({ ...connection, max: 1 })
  const client = new pg.Client(connection)
  await client.connect()
  const backstory = createBackstory(pool)
  await createTables(client, backstory)
  const circumstances = await readCircumstances(client)
  console.log(circumstances.join('  '))

  const workplace: Workplace = {
    client,
    connection,
    backstory,
    rounds: options.quick ? 2 : 15,
    writes: options.quick ? 200 : 2000,
  }
  const findings: Finding[] = []
  for (const scenario of scenarios) {
    if (names.length > 0 && !names.includes(scenario.name)) continue
    for (const finding of await scenario.run(workplace)) {
      findings.push(finding)
      print(finding)
    }
  }
  await client.end()
  await pool.end()

  const results = join(import.meta.dirname, 'results')
  await mkdir(results, { recursive: true })
  await writeFile(join(results, 'latest.json'), `${JSON.stringify({ circumstances, findings }, null, 2)}\n`)
}

async function readCircumstances(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ text: string }>(`
    select name || '=' || current_setting(name) as text
    from pg_settings
    where name in ('server_version', 'synchronous_commit', 'fsync', 'shared_buffers', 'autovacuum', 'jit')
    order by name`)
  const [processor] = cpus()
  return [
    ...rows.map(({ text }) => text),
    `node=${process.versions.node}`,
    `processors=${cpus().length} × ${processor?.model ?? 'unknown'}`,
  ]
}

function print({ title, unit, results: rows, goals }: Finding): void {
  const table = new Table({
    head: ['', unit, 'ratio', 'spread', 'added'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  for (const { name, median, ratio, spread, added } of rows) {
    table.push([
      name,
      median.toFixed(1),
      ratio.toFixed(2),
      spread.map((value) => value.toFixed(2)).join(' – '),
      added.toFixed(1),
    ])
  }
  console.log(`\n${title}\n${table.toString()}`)
  for (const { text, measured, reached } of goals) {
    console.log(`${reached ? '✓' : '✗'} goal: ${text}; measured ${measured.toFixed(2)}`)
  }
}
