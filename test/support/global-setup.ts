import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { TestProject } from 'vitest/node'

import { startEmbeddedServer } from '../../dev/embedded-server.ts'
import { generatePrisma } from '../../dev/generate-prisma.ts'
import { createBackstory } from '../../src/index.ts'
import { buildViewer } from './build-viewer.ts'
import { hasChromium } from './has-chromium.ts'
import { memoryFolder } from '../../dev/memory-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's maintenance database, as superuser. */
    readonly serverUrl: string
    /** A database in which Backstory is installed, to be cloned. */
    readonly templateDatabase: string
    /** The same, owned by a role that is no superuser and installed by it. */
    readonly ownerTemplateDatabase: string
    /** That role. */
    readonly ownerRole: string
    /** How `create database` clones a template, as an option of that statement. */
    readonly cloning: string
    /** A PGlite data directory (tar) in which Backstory is installed. */
    readonly pgliteTemplate: string
  }
}

/**
 * One server for the whole run: PostgreSQL 18 from npm, or the one that `DATABASE_URL` (or `PGHOST` and its
 * companions) names. Three templates are made once, with Backstory in them: a database, one that a role without
 * superuser rights has installed, and a PGlite directory.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await generatePrisma()
  if (hasChromium) await buildViewer()
  const external = externalServerUrl(process.env)
  const server =
    external === undefined
      ? await startEmbeddedServer({ settings: serverSettings, within: memoryFolder() })
      : undefined
  const serverUrl = external ?? server?.url ?? ''
  const templateDatabase = `backstory_template_${process.pid}`
  const ownerTemplateDatabase = `backstory_owner_template_${process.pid}`
  const ownerRole = `backstory_owner_${process.pid}`
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  const version = await admin.query<{ version: string; number: number }>(
    `select version(), current_setting('server_version_num')::integer as number`,
  )
  console.log(`Tests run on ${version.rows[0]?.version}`)
  // a copy of files is cheaper than one through the write-ahead log, and all that PostgreSQL 14 can
  const cloning = Number(version.rows[0]?.number) >= 150_000 ? 'strategy file_copy' : ''
  await admin.query(`create database ${templateDatabase}`)
  await installOnServer(serverUrl, templateDatabase)
  await admin.query(`create role ${ownerRole}`)
  await admin.query(`create database ${ownerTemplateDatabase} owner ${ownerRole}`)
  await installOnServer(serverUrl, ownerTemplateDatabase, ownerRole)

  const folder = await mkdtemp(join(tmpdir(), 'backstory-pglite-'))
  const pgliteTemplate = join(folder, 'installed.tar')
  const pglite = await PGlite.create()
  await createBackstory(pglite).install()
  // each start copies every file, of which these have two in three, and nobody connects to them
  await pglite.exec(`update pg_database set datistemplate = false where datname like 'template_'`)
  for (const name of ['template0', 'template1']) await pglite.exec(`drop database ${name}`)
  // memory that each start fills with zeros, slowly: with the usual 128 MB that is most of the start
  await pglite.exec(`alter system set shared_buffers = '16MB'`)
  const tar = await pglite.dumpDataDir('none')
  await writeFile(pgliteTemplate, new Uint8Array(await tar.arrayBuffer()))
  await pglite.close()

  project.provide('serverUrl', serverUrl)
  project.provide('templateDatabase', templateDatabase)
  project.provide('ownerTemplateDatabase', ownerTemplateDatabase)
  project.provide('ownerRole', ownerRole)
  project.provide('cloning', cloning)
  project.provide('pgliteTemplate', pgliteTemplate)

  return async () => {
    await admin.query(`drop database if exists ${templateDatabase} with (force)`)
    // the template, and what a test that failed has left
    const owned = await admin.query<{ name: string }>(
      `select quote_ident(datname) as name from pg_database where datdba = '${ownerRole}'::regrole`,
    )
    for (const { name } of owned.rows) await admin.query(`drop database ${name} with (force)`)
    await admin.query(`drop role if exists ${ownerRole}`)
    await admin.end()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function installOnServer(serverUrl: string, database: string, role?: string): Promise<void> {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  if (role !== undefined) url.searchParams.set('options', `-c role=${role}`)
  const pool = new pg.Pool({ connectionString: url.href })
  await createBackstory(pool).install()
  await pool.end()
}

const serverSettings = [
  'max_connections=200',
  'max_prepared_transactions=10',
  // nothing of it outlives the run
  'synchronous_commit=off',
  'full_page_writes=off',
  // a statement waits for no checkpoint that it did not ask for
  'max_wal_size=4GB',
  'checkpoint_timeout=1h',
]

function externalServerUrl(environment: NodeJS.ProcessEnv): string | undefined {
  if (environment['DATABASE_URL'] !== undefined) return environment['DATABASE_URL']
  const host = environment['PGHOST']
  if (host === undefined) return undefined
  const user = encodeURIComponent(environment['PGUSER'] ?? 'postgres')
  const password = encodeURIComponent(environment['PGPASSWORD'] ?? '')
  const database = environment['PGDATABASE'] ?? 'postgres'
  const port = environment['PGPORT'] ?? '5432'
  return host.startsWith('/')
    ? `postgres://${user}:${password}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
    : `postgres://${user}:${password}@${host}:${port}/${database}`
}
