import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createHandler } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'
import { createClient } from '../support/http-client.ts'

describe('a database that does not answer', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  const failures: unknown[] = []
  const open = (pool: pg.Pool) =>
    createHandler(createBackstory(pool), {
      authorize: () => ({ can: ['read', 'watch', 'export'] }),
      onFailure: (failure) => failures.push(failure),
      pollMs: 20,
    })

  beforeAll(async () => {
    db = await openPostgres()
  })
  afterAll(() => db.close())

  test.each([
    '/me',
    '/entries',
    '/export',
    '/type/states?elementType=notes&at=2026-01-31',
    '/versions?elementType=a&elementId=1',
  ])('makes %s unavailable for the moment, and tells the caller no more', async (path) => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'secret-user', database: 'secret-database' })
    const { status, headers, text, body } = await createClient(open(pool)).get(path)
    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'unavailable' })
    expect(headers.get('retry-after')).toBe('5')
    expect(text).not.toMatch(/127\.0|ECONN|secret|\n\s+at /)
    expect(failures.splice(0)).toMatchObject([{ id: body['id'] }])
    await pool.end()
  })

  test('in time is unavailable, too', async () => {
    const pool = new pg.Pool({ connectionString: db.url, statement_timeout: 100 })
    await db.session(async (session) => {
      await session.query('begin')
      await session.query('lock table audit_logs')
      const { status } = await createClient(open(pool)).get('/entries')
      expect(status).toBe(503)
    })
    await pool.end()
  })

  test('is asked no more for a watch whose caller has gone', async () => {
    const gone = new AbortController()
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
    const answer = open(pool)(new Request('http://localhost/watch', { signal: gone.signal }))
    gone.abort()
    // it would be tried again until it works
    expect((await answer).status).toBeGreaterThanOrEqual(400)
    await pool.end()
  })
})
