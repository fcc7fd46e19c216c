import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type pg from 'pg'

const execute = promisify(execFile)

/** Whether `pgbench` is on the PATH. */
export async function findPgbench(): Promise<boolean> {
  return execute('pgbench', ['--version']).then(
    () => true,
    () => false,
  )
}

/** Runs a script of pgbench so many times over one connection, prepared; gives microseconds a transaction. */
export async function runPgbench(
  connection: pg.ClientConfig,
  script: string,
  transactions: number,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'backstory-pgbench-'))
  try {
    const file = join(folder, 'script.sql')
    await writeFile(file, script)
    const { stdout } = await execute(
      'pgbench',
      [
        '--no-vacuum',
        '--protocol=prepared',
        '--client=1',
        `--transactions=${transactions}`,
        `--file=${file}`,
      ],
      {
        env: {
          ...process.env,
          PGHOST: connection.host ?? 'localhost',
          PGPORT: String(connection.port ?? 5432),
          PGUSER: connection.user ?? '',
          PGPASSWORD: typeof connection.password === 'string' ? connection.password : '',
          PGDATABASE: connection.database ?? '',
        },
      },
    )
    const latency = /latency average = ([\d.]+) ms/.exec(stdout)?.[1]
    if (latency === undefined) throw new Error(`pgbench did not say how long it took:\n${stdout}`)
    return Number(latency) * 1000
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
