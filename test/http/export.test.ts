import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createHandler } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'

const program = fileURLToPath(new URL('export-program.ts', import.meta.url))
const entries = 25_000
const mebibyte = 1024 * 1024

describe('an export of a log, and states, that are larger than the memory', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>

  beforeAll(async () => {
    db = await openPostgres()
    await db.run('create table notes (id integer primary key, body text)')
    await createBackstory(db.database).track('notes')
    await db.run(
      `insert into notes select n, repeat(md5(n::text), 100) from generate_series(1, ${entries}) n`,
    )
  }, 120_000)
  afterAll(() => db.close())

  test.each([
    ['/export?elementType=notes', 'application/x-ndjson', entries],
    ['/export?elementType=notes', 'text/csv', entries + 1],
    ['/type/states?elementType=notes&at=2099-01-01', 'application/x-ndjson', entries],
  ])(
    '%s comes whole as %s out of a process whose heap is half of it',
    async (path, accept, lines) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--max-old-space-size=40', '--expose-gc', '--no-warnings', program, path, accept],
        { env: { ...process.env, DATABASE_URL: db.url, NODE_OPTIONS: '' }, encoding: 'utf8' },
      )
      const said: { status: number; bytes: number; lines: number; liveBytes: number } = JSON.parse(stdout)
      expect(said).toMatchObject({ status: 200, lines })
      expect(said.bytes).toBeGreaterThan(75 * mebibyte)
      // buffers are not in the heap
      expect(said.liveBytes).toBeLessThan(50 * mebibyte)
    },
    120_000,
  )

  test('is read as the caller takes it: who stops after the first part has asked for little', async () => {
    let statements = 0
    class CountingClient extends pg.Client {
      override query = (...given: readonly unknown[]) => {
        statements++
        // oxlint-disable-next-line typescript/unbound-method -- bound by the call
        return Reflect.apply(pg.Client.prototype.query, this, given)
      }
    }
    const pool = new pg.Pool({ connectionString: db.url, Client: CountingClient })
    const handler = createHandler(createBackstory(pool), { authorize: () => ({ can: ['export'] }) })
    const response = await handler(new Request('http://localhost/export?elementType=notes'))
    const reader = response.body?.getReader()
    await reader?.read()
    const soFar = statements
    // whoever read ahead would go on now
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(statements - soFar).toBeLessThanOrEqual(1)
    expect(soFar).toBeLessThan(10)
    await reader?.cancel()
    await pool.end()
  })
})
