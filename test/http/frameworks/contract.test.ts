import { once } from 'node:events'
import { connect } from 'node:net'

import { context as otelContext, ROOT_CONTEXT, trace, type Context as OtelContext } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import { parseJsonObject } from '../../../src/core/json.ts'
import { createBackstory } from '../../../src/index.ts'
import { createHandler } from '../../../src/http.ts'
import { audited } from '../../../src/pg.ts'
import { openPostgres } from '../../support/database.ts'
import type { RunningServer } from './framework.ts'
import { frameworks } from './frameworks.ts'

const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }

describe.each(frameworks)('the API and the context of requests in $name', (framework) => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let server: RunningServer

  beforeAll(async () => {
    db = await openPostgres()
    const pool = audited(db.database)
    const backstory = createBackstory(pool)
    await pool.query('create table notes (id integer generated always as identity primary key, body text)')
    await backstory.track('notes')
    server = await framework.start({
      handler: createHandler(backstory, {
        authorize: () => ({
          can: ['read', 'watch', 'export', 'restore', 'undo', 'label'],
          actor: { userId: 'ada' },
        }),
        writes: true,
        pollMs: 20,
      }),
      write: async () => {
        await pool.query(`insert into notes (body) values ('x')`)
      },
      trace,
    })
  })
  afterAll(async () => {
    await server.close()
    await db.close()
  })

  const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    server.fetch(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
  const lastEntry = async () => {
    const [entry] = (await createBackstory(db.database).entries({ limit: 1 })).entries
    if (entry === undefined) throw new Error('an entry')
    return entry
  }

  test('a GET is answered, with its query, its entity tag and 304', async () => {
    await post('/write', '{}')
    const response = await server.fetch('/audit/entries?limit=1&q=action:insert')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ entries: [{ action: 'insert' }] })
    const etag = response.headers.get('etag') ?? ''
    expect(
      (await server.fetch('/audit/entries?limit=1&q=action:insert', { headers: { 'if-none-match': etag } }))
        .status,
    ).toBe(304)
  })

  test('a problem leads to a page that explains it', async () => {
    const response = await server.fetch('/audit/entries/abc')
    expect(response.status).toBe(400)
    const { type } = parseJsonObject(await response.text())
    const { pathname } = new URL(typeof type === 'string' ? type : '', 'http://localhost/audit/entries/abc')
    const page = await server.fetch(pathname)
    expect(await page.text()).toContain('Invalid request')
  })

  test('the root leads to the viewer', async () => {
    const response = await server.fetch('/audit')
    expect(response.status).toBe(302)
    const { pathname } = new URL(response.headers.get('location') ?? '', 'http://localhost/audit')
    expect(pathname).toBe('/audit/viewer/index.html')
  })

  test('a POST gets its body, a DELETE goes through', async () => {
    await post('/write', '{}')
    const { elementId } = await lastEntry()
    const named = await post(
      '/audit/versions',
      JSON.stringify({ elementType: 'notes', elementId, name: 'first' }),
    )
    expect(named.status).toBe(201)
    const { id } = parseJsonObject(await named.text())
    expect(
      (await server.fetch(`/audit/versions/${typeof id === 'string' ? id : ''}`, { method: 'DELETE' }))
        .status,
    ).toBe(204)
  })

  test('a body that is no JSON is refused', async () => {
    const response = await post('/audit/versions', '{')
    expect(response.status).toBe(400)
  })

  test('a write of another site is refused', async () => {
    const response = await post('/audit/versions', '{}', { 'sec-fetch-site': 'cross-site' })
    expect(response.status).toBe(403)
  })

  test('an export streams', async () => {
    const response = await server.fetch('/audit/export?format=csv')
    expect((await response.text()).split('\r\n').length).toBeGreaterThan(2)
  })

  test('states stream as lines, and come as pages', async () => {
    await post('/write', '{}')
    const path = '/audit/type/states?elementType=notes&at=2099-01-01'
    const response = await server.fetch(path, { headers: { accept: 'application/x-ndjson' } })
    const lines = (await response.text()).trim().split('\n')
    expect(lines.length).toBeGreaterThan(0)
    const page = parseJsonObject(await (await server.fetch(`${path}&limit=1`)).text())
    expect(page['states']).toEqual([parseJsonObject(lines[0] ?? '')])
  })

  test('events come as they happen, and a caller who leaves ends them', async () => {
    const gone = new AbortController()
    const response = await server.fetch('/audit/watch', { signal: gone.signal })
    const reader = response.body?.getReader()
    const decoder = new TextDecoder()
    let text = ''
    await post('/write', '{}')
    while (!text.includes('event: entry')) text += decoder.decode((await reader?.read())?.value)
    expect(text).toContain('"elementType":"notes"')
    await reader?.cancel()
    gone.abort()
  })

  test('a write bears the actor, the request, the route and the trace', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const response = await post('/write?secret=1', '{"a":1}', {
      'x-user': 'bo',
      'x-request-id': 'r-42',
      'x-forwarded-for': '203.0.113.9',
      traceparent,
    })
    expect(response.status).toBeLessThan(300)
    const { userId, context } = await lastEntry()
    expect(userId).toBe('bo')
    expect(context).toMatchObject({
      actorKind: 'user',
      requestId: 'r-42',
      method: 'POST',
      route: '/write',
      traceparent,
      ip: framework.name === 'node:http' ? '127.0.0.1' : '203.0.113.9',
    })
  })

  test('requests beside each other do not mix, and one that says nothing gets an id', async () => {
    await Promise.all(
      ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'].map((user) => post('/write', '{}', { 'x-user': user })),
    )
    const { entries } = await createBackstory(db.database).entries({ limit: 6 })
    expect(entries.map(({ userId }) => userId).toSorted()).toEqual(['u1', 'u2', 'u3', 'u4', 'u5', 'u6'])
    await post('/write', '{}', { 'x-request-id': 'no good\t' })
    const { userId, context } = await lastEntry()
    expect(userId).toBeNull()
    expect(context?.['requestId']).toMatch(/^[\da-f-]{36}$/)
  })

  test('a hook that fails is a failure of the application: nothing is written, and nobody dies of it', async () => {
    await post('/write', '{}', { 'x-request-id': 'before' })
    const rejections: unknown[] = []
    const note = (error: unknown) => rejections.push(error)
    process.on('unhandledRejection', note)
    const silent = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const response = await post('/write', '{}', { 'x-user': 'broken' })
      expect(response.status).toBe(500)
      expect((await lastEntry()).context?.['requestId']).toBe('before')
      // an unhandled rejection is told after the microtasks
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(rejections).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
      silent.mockRestore()
    }
    expect((await post('/write', '{}')).status).toBeLessThan(300)
  })

  test.each([
    ['TRACE', '/audit/me'],
    ['OPTIONS', '*'],
    ['POST', '*'],
    ['GET', 'http://elsewhere.example/audit/me'],
    ['GET', '//audit//me'],
    ['GET', '/audit/%'],
    ['GET', '/audit/..%2f..%2fetc/passwd'],
    ['OPTIONS', '/write'],
  ])('%s %s does no harm', async (method, target) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(20_000) })
    socket.destroy()
    if (framework.answersOddRequests !== false) expect(String(answer)).toMatch(/^HTTP\/1\.1 [234]\d\d/)
    expect((await server.fetch('/audit/me')).status).toBe(200)
  })

  test('the active span of OpenTelemetry goes before the header', async () => {
    const active: OtelContext = trace.setSpanContext(ROOT_CONTEXT, spanContext)
    otelContext.setGlobalContextManager({
      active: () => active,
      with: (_context, fn, thisArg, ...args) => Reflect.apply(fn, thisArg, args),
      bind: (_context, target) => target,
      enable() {
        return this
      },
      disable() {
        return this
      },
    })
    try {
      await post('/write', '{}', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' })
    } finally {
      otelContext.disable()
    }
    expect((await lastEntry()).context?.['traceparent']).toBe(
      `00-${spanContext.traceId}-${spanContext.spanId}-01`,
    )
  })
})
