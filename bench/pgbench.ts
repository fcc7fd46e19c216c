import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type pg from 'pg'

const execute = promisify(execFile)

/** What `pgbench` on the PATH calls itself, or undefined where there is none. */
export async function findPgbench(): Promise<string | undefined> {
  return execute('pgbench', ['--version']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  )
}

/** Runs a script of pgbench, prepared, over so many connections at once; gives microseconds a transaction. */
export async function runPgbench(
  connection: pg.ClientConfig,
  script: string,
  { transactions, clients }: { readonly transactions: number; readonly clients: number },
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
        `--client=${clients}`,
        `--jobs=${Math.min(clients, 2)}`,
        `--transactions=${Math.ceil(transactions / clients)}`,
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
    // not its latency, which is rounded; before version 14 there is a second rate, with the time to connect in it
    const rate =
      /tps = ([\d.]+) \((?:without initial connection time|excluding connections establishing)\)/.exec(
        stdout,
      )?.[1]
    if (rate === undefined) throw new Error(`pgbench did not say how long it took:\n${stdout}`)
    return 1_000_000 / Number(rate)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
