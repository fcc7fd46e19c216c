/**
 * Measures Backstory beside the bare write and beside the limit: `npm run bench [-- NAME …] [--quick]
 * [--database-url URL]`. Prints ratios of one run; times are those of this machine at this moment.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { createBackstory } from 'backstory'
import Table from 'cli-table3'
import pg from 'pg'

import { startEmbeddedServer } from '../dev/embedded-server.ts'
import type { Finding, Scenario } from './scenario.ts'
import { bulk } from './scenarios/bulk.ts'
import { context } from './scenarios/context.ts'
import { logSize } from './scenarios/log-size.ts'
import { singleRow } from './scenarios/single-row.ts'
import { createTables } from './world-elements.ts'

// the size first, while the logs are new: space that a rolled back statement leaves would be counted as free
const scenarios: readonly Scenario[] = [logSize, singleRow, bulk, context]

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
const database = `backstory_bench_${process.pid}`
const admin = new pg.Client({ connectionString: options['database-url'] ?? server?.url })
await admin.connect()
await admin.query(`create database ${database}`)
const connection: pg.ClientConfig = {
  host: server?.socketFolder ?? admin.host,
  port: admin.port,
  user: admin.user ?? '',
  password: admin.password ?? '',
  database,
}
const pool = new pg.Pool({ ...connection, max: 1 })
const client = new pg.Client(connection)
await client.connect()

const backstory = createBackstory(pool)
await createTables(client, backstory)
const settings = await client.query<{ name: string; setting: string }>(
  `select name, setting from pg_settings where name in ('server_version', 'synchronous_commit', 'shared_buffers', 'fsync', 'jit', 'autovacuum')`,
)
console.log(settings.rows.map(({ name, setting }) => `${name}=${setting}`).join('  '))

const workplace = {
  client,
  connection,
  backstory,
  rounds: options.quick ? 2 : 9,
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

const results = join(import.meta.dirname, 'results')
await mkdir(results, { recursive: true })
await writeFile(
  join(results, 'latest.json'),
  `${JSON.stringify({ settings: settings.rows, findings }, null, 2)}\n`,
)

await client.end()
await pool.end()
await admin.query(`drop database ${database} with (force)`)
await admin.end()
await server?.stop()

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
