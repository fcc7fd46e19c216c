import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A PgBouncer of our own in front of one database, in transaction mode. */
export interface PgBouncer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Why PgBouncer cannot be used here; nothing where it can. */
export function pgbouncerMissing(): string | undefined {
  const { error } = spawnSync('pgbouncer', ['--version'])
  if (error !== undefined) return `PgBouncer is not installed (${error.message})`
  if (process.getuid?.() === 0 && unprivilegedUser() === undefined) {
    return 'PgBouncer refuses to run as root, and there is no user nobody'
  }
  return undefined
}

/**
 * Starts PgBouncer before the database of a URL, with `serverConnections` connections to the server for any number
 * of clients. It runs in a folder of its own, on a free port, and lets everybody in.
 */
export async function startPgbouncer(
  databaseUrl: string,
  options: { readonly serverConnections: number },
): Promise<PgBouncer> {
  const database = new URL(databaseUrl)
  const name = database.pathname.slice(1)
  const folder = await mkdtemp(join(tmpdir(), 'backstory-pgbouncer-'))
  await chmod(folder, 0o755)
  const port = await findFreePort()
  const user = decodeURIComponent(database.username)
  const password = decodeURIComponent(database.password)
  const configuration = join(folder, 'pgbouncer.ini')
  await writeFile(
    configuration,
    `[databases]
${name} = host=${database.searchParams.get('host') ?? database.hostname} port=${database.port || 5432} dbname=${name} user=${user}${password === '' ? '' : ` password=${password}`}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${options.serverConnections}
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
`,
  )
  const child = spawn('pgbouncer', [configuration], { stdio: ['ignore', 'ignore', 'pipe'], ...identity() })
  const log: string[] = []
  child.stderr.on('data', (line) => log.push(String(line)))
  await waitUntilListening(child, port, log)
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  url.searchParams.delete('host')
  return {
    url: url.href,
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null) {
        child.kill('SIGINT')
        await exited
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function waitUntilListening(child: ChildProcess, port: number, log: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break
    if (await accepts(port)) return
    await sleep(25)
  }
  child.kill('SIGINT')
  throw new Error(`PgBouncer did not start:\n${log.join('')}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port could be found.')
  return address.port
}

// PgBouncer refuses to run as root
function identity(): { readonly uid?: number; readonly gid?: number } {
  return process.getuid?.() === 0 ? (unprivilegedUser() ?? {}) : {}
}

function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout?.trim(),
  )
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}
