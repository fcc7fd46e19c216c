import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** PostgreSQL's own programs for dumps, of one major version. */
export interface DumpTools {
  /** Runs one with arguments and gives what it prints; fails with what it says on the error channel. */
  readonly run: (name: 'pg_dump' | 'pg_restore' | 'psql', args: readonly string[]) => Promise<string>
}

/**
 * The tools of a server's major version, from the PATH or from where Debian keeps them. Undefined where there are
 * none: a newer pg_dump reads an older server, but writes what that does not understand.
 */
export async function findDumpTools(majorVersion: number): Promise<DumpTools | undefined> {
  const installed = await readdir('/usr/lib/postgresql').catch(() => [])
  const prefixes = ['', ...installed.map((version) => `/usr/lib/postgresql/${version}/bin/`)]
  for (const prefix of prefixes) {
    const versions = await Promise.all(
      ['pg_dump', 'pg_restore', 'psql'].map((name) => readMajorVersion(`${prefix}${name}`)),
    )
    if (versions.every((version) => version === majorVersion)) {
      return {
        run: async (name, args) => {
          const { stdout } = await run(`${prefix}${name}`, args, { maxBuffer: 2 ** 26 })
          return stdout
        },
      }
    }
  }
  return undefined
}

async function readMajorVersion(program: string): Promise<number | undefined> {
  try {
    const { stdout } = await run(program, ['--version'])
    return Number(/\b(\d+)[.\d]*\b/.exec(stdout)?.[1])
  } catch {
    return undefined
  }
}
