import { beforeAll, describe, expect, test, vi } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import { createHandler, type Grant, type HandlerOptions } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'
import { createClient, type TestClient } from '../support/http-client.ts'

const everything: Grant = {
  can: ['read', 'watch', 'export', 'restore', 'undo', 'label'],
  actor: { userId: 'ada' },
}

describe('the HTTP API', () => {
  let opened: Awaited<ReturnType<typeof openPostgres>> | undefined
  const db = () => {
    if (opened === undefined) throw new Error('not open')
    return opened
  }
  const backstory = () => createBackstory(db().database)
  const open = (options: HandlerOptions = {}): TestClient =>
    createClient(createHandler(backstory(), { authorize: () => everything, writes: true, ...options }))

  beforeAll(async () => {
    opened = await openPostgres()
    const pool = audited(opened.database)
    await pool.query(`
      create table worlds (id integer primary key, name text);
      create table elements (
        id integer primary key, world_id integer references worlds on delete cascade, name text, attributes jsonb,
        secret text, weight numeric
      )`)
    await backstory().track('worlds', { label: 'name' })
    await backstory().track('elements', { scope: 'world_id', label: 'name', redact: ['secret'] })
    await actingAs({ userId: 'ada', reason: 'first draft' }, async () => {
      await pool.query(`insert into worlds values (1, 'Earthsea')`)
      await pool.query(`insert into elements values (1, 1, 'Ged', '{"hp": 10}', 'true name', 1.50)`)
      await pool.query(`insert into elements values (2, 1, '=cmd|"x"', null, null, 2)`)
    })
    await actingAs({ userId: 'bo', reason: 'retcon', requestId: 'r1' }, async () => {
      await pool.query(`update elements set name = 'Sparrowhawk', attributes = '{"hp": 12}' where id = 1`)
      await pool.query(`delete from elements where id = 2`)
    })
    return () => opened?.close()
  })

  test('lets nobody in without a hook, and says what to do', async () => {
    const closed = createClient(createHandler(backstory()))
    for (const path of ['/me', '/entries', '/openapi.json', '/nothing']) {
      const { status, body } = await closed.get(path)
      expect({ path, status }).toEqual({ path, status: 403 })
      expect(body).toMatchObject({ code: 'closed', hint: expect.stringContaining('authorize') })
    }
  })

  test('lets nobody in whom the hook does not let in, nor to what he is not granted', async () => {
    expect((await open({ authorize: () => null }).get('/me')).body).toMatchObject({
      status: 403,
      code: 'not_permitted',
    })
    const reader = open({ authorize: () => ({ can: ['read'] }) })
    expect((await reader.get('/me')).status).toBe(200)
    expect((await reader.get('/export')).body).toMatchObject({
      code: 'not_permitted',
      detail: 'You may not export.',
    })
    const response = await open({ authorize: () => new Response('sign in', { status: 401 }) }).get('/me')
    expect(response.status).toBe(401)
  })

  test('fails closed and without details where the hook fails or gives what it does not mean', async () => {
    for (const authorize of [
      () => {
        throw new Error('the secret of the hook')
      },
      () => ({ can: ['read'], sigth: {} }),
      () => ({ can: ['read'] as const, sight: { withhold: { elements: ['nme'] } } }),
    ] as NonNullable<HandlerOptions['authorize']>[]) {
      const failures: unknown[] = []
      const { status, body, text } = await open({
        authorize,
        onFailure: (failure) => failures.push(failure),
      }).get('/entries')
      expect(status).toBe(500)
      expect(text).not.toMatch(/secret|sigth|nme|\bat /)
      expect(failures).toMatchObject([{ id: body['id'], method: 'GET', path: '/entries' }])
    }
  })

  test('says what the caller may do and which tables there are', async () => {
    const { body } = await open().get('/me')
    expect(body).toEqual({
      userId: 'ada',
      can: ['read', 'watch', 'export', 'restore', 'undo', 'label'],
      narrowed: false,
      states: true,
      tables: [
        {
          elementType: 'elements',
          key: ['id'],
          label: 'name',
          scope: 'world_id',
          redacted: ['secret'],
          ignored: [],
          recording: true,
        },
        {
          elementType: 'worlds',
          key: ['id'],
          label: 'name',
          scope: null,
          redacted: [],
          ignored: [],
          recording: true,
        },
      ],
    })
    expect((await open({ writes: false }).get('/me')).body['can']).toEqual(['read', 'watch', 'export'])
  })

  test('gives entries by parameters and by the query language, with what is asked to be included', async () => {
    const { body } = await open().get('/entries?q=actor:bo -action:delete&include=changes&include=label')
    expect(body['entries']).toMatchObject([
      {
        elementId: '1',
        userId: 'bo',
        fields: ['name', 'attributes'],
        label: 'Sparrowhawk',
        context: { reason: 'retcon', requestId: 'r1' },
        changes: { before: { name: 'Ged', attributes: { hp: 10 } } },
      },
    ])
    const light = await open().get('/entries?userId=ada&elementType=worlds')
    expect(light.body['entries']).toEqual([
      expect.not.objectContaining({ changes: expect.anything(), label: expect.anything() }),
    ])
    const both = await open().get('/entries/count?q=actor:bo&userId=ada')
    expect(both.body).toEqual({ count: 0, exact: true })
    expect((await open().get('/entries/count?q=actor:ada&userId=ada')).body).toEqual({
      count: 3,
      exact: true,
    })
  })

  test('goes through pages by a cursor that is bound to the filter and to the time of the first page', async () => {
    const first = await open().get('/entries?q=since:1d&limit=2')
    const cursor = encodeURIComponent(String(first.body['nextCursor']))
    const second = await open().get(`/entries?q=since:1d&limit=2&cursor=${cursor}`)
    expect(second.status).toBe(200)
    const ids = [first, second].flatMap(({ body }) => body['entries']).map((entry) => Object(entry).id)
    expect(new Set(ids).size).toBe(4)
    const other = await open().get(`/entries?q=since:2d&limit=2&cursor=${cursor}`)
    expect(other.body).toMatchObject({ status: 400, code: 'invalid_cursor' })
    expect((await open().get('/entries?cursor=abc')).body).toMatchObject({
      status: 400,
      code: 'invalid_cursor',
    })
  })

  test.each(['-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '0000-01-01T00:00:00.000Z'])(
    'refuses a cursor that names %s for the time of the first page',
    async (now) => {
      const parts = { v: 1, now, cursor: 'x' }
      const cursor = Buffer.from(JSON.stringify(parts)).toString('base64url')
      expect((await open().get(`/entries?q=since:7d&cursor=${cursor}`)).status).toBe(400)
    },
  )

  test('refuses a body that is no UTF-8, instead of keeping other characters than were sent', async () => {
    const body = Buffer.concat([
      Buffer.from('{"elementType":"elements","elementId":"1","name":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ])
    const headers = { 'content-type': 'application/json' }
    const answer = await open().send('POST', '/versions', { body, headers })
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_request' })
    expect((await open().get('/versions?elementType=elements&elementId=1')).body).toEqual({ versions: [] })
  })

  test('reads each parameter once, however many there are', async () => {
    const asked = new URL('http://localhost/entries')
    asked.search = Array.from({ length: 1000 }, (_, index) => `p${index}=`).join('&')
    const searches = vi.spyOn(URLSearchParams.prototype, 'getAll')
    expect((await open().get(asked.pathname + asked.search)).status).toBe(400)
    expect(searches).not.toHaveBeenCalled()
    searches.mockRestore()
  })

  test.each([
    ['/entries?limt=5', '?limt', 'unknown'],
    ['/entries?limit=0', '?limit', 'too_small'],
    ['/entries?limit=201', '?limit', 'too_big'],
    ['/entries?limit=5&limit=6', '?limit', 'invalid_type'],
    ['/entries?action=upsert', '?action', 'invalid_value'],
    ['/entries?since=yesterday', '?since', 'invalid_format'],
    ['/entries?q=actr:ada', '?q', 'invalid_query'],
    ['/entries?__proto__=1', '?__proto__', 'unknown'],
    ['/entries/abc', '{id}', 'invalid_format'],
    ['/element/state?elementType=elements', '?elementId', 'invalid_type'],
    ['/element/state?elementType=elements&elementId=1&at=2026-01-31&entry=1', '?entry', 'exclusive'],
    ['/element/diff?elementType=elements&elementId=1', '?from', 'required'],
  ])('refuses %s and says where', async (path, pointer, code) => {
    const { status, body } = await open().get(path)
    expect({ status, errors: body['errors'] }).toEqual({
      status: 400,
      errors: [expect.objectContaining({ pointer, code })],
    })
    expect(body['hint']).toEqual(expect.any(String))
    const page = await open().get(new URL(String(body['type']), `http://x${path}`).pathname)
    expect(page.status).toBe(200)
  })

  test('gives one entry for ever, with what came with it and its neighbours', async () => {
    const { body: list } = await open().get('/entries?elementType=elements&elementId=1&order=oldest')
    const [first, second] = Object(list['entries'])
    const response = await open().get(`/entries/${first.id}`)
    expect(response.body).toMatchObject({
      entry: { id: first.id, label: 'Ged', changes: { after: { name: 'Ged' }, redacted: ['secret'] } },
      together: [{ id: first.id }],
      more: false,
      previousId: null,
      nextId: second.id,
    })
    expect(response.headers.get('etag')).toMatch(/^"/)
    expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    const again = await open().get(`/entries/${first.id}`, {
      'if-none-match': String(response.headers.get('etag')),
    })
    expect(again.status).toBe(304)
    expect(again.text).toBe('')
    const newest = await open().get(`/entries/${second.id}`)
    expect(newest.headers.get('cache-control')).toBe('private, no-cache')
    expect((await open().get('/entries/999999')).body).toMatchObject({ status: 404, code: 'not_found' })
  })

  test('answers 304 while a list is the same', async () => {
    const { headers } = await open().get('/entries')
    expect(headers.get('etag')).toMatch(/^W\//)
    expect((await open().get('/entries', { 'if-none-match': String(headers.get('etag')) })).status).toBe(304)
    expect(
      (await open().get('/entries?limit=2', { 'if-none-match': String(headers.get('etag')) })).status,
    ).toBe(200)
  })

  test('gives states, differences, blame and the history of a field, numbers as they were written', async () => {
    const element = 'elementType=elements&elementId=1'
    const { body: list } = await open().get(`/entries?${element}&order=oldest`)
    const [first, second] = Object(list['entries'])
    const state = await open().get(`/element/state?${element}&entry=${first.id}`)
    expect(state.text).toContain('"weight":1.50')
    expect(state.text).not.toContain('true name')
    expect(state.headers.get('cache-control')).toBe('private, no-cache')
    const diff = await open().get(`/element/diff?${element}&fromEntry=${first.id}&toEntry=${second.id}`)
    expect(diff.body['changes']).toEqual([
      { kind: 'changed', path: '/name', before: 'Ged', after: 'Sparrowhawk' },
      { kind: 'changed', path: '/attributes/hp', before: 10, after: 12 },
    ])
    expect(diff.headers.get('cache-control')).toContain('immutable')
    const { body: blame } = await open().get(`/element/blame?${element}`)
    expect(blame['leaves']).toContainEqual({
      path: '/name',
      value: 'Sparrowhawk',
      entry: expect.objectContaining({ id: second.id, userId: 'bo' }),
    })
    const { body: field } = await open().get(`/element/field?${element}&path=attributes.hp`)
    expect(field['entries']).toMatchObject([{ id: second.id, changes: {} }, { id: first.id }])
    const { body: glance } = await open().get(`/element?${element}`)
    expect(glance).toMatchObject({ label: 'Sparrowhawk', deleted: false, count: { count: 2, exact: true } })
    for (const path of ['state', 'blame', 'diff']) {
      const unknown = await open().get(
        `/element/${path}?elementType=elements&elementId=abc${path === 'diff' ? '&from=2099-01-01' : ''}`,
      )
      expect({ path, status: unknown.status }).toEqual({ path, status: 200 })
    }
    const before = await open().get(`/element/state?${element}&at=2020-01-01`)
    expect(before.body).toMatchObject({ status: 404, code: 'before_tracking' })
  })

  test('counts, by facets and by days', async () => {
    const { body: facets } = await open().get('/facets?top=1')
    expect(facets).toMatchObject({
      since: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      userId: [{ value: 'ada', count: 3 }],
      elementType: [{ value: 'elements', count: 4 }],
    })
    const { body } = await open().get('/activity?by=day&by=action&timeZone=Europe/Berlin&since=2020-01-01')
    expect(body['counts']).toContainEqual({ day: expect.any(String), action: 'insert', count: 3 })
    expect((await open().get('/activity?by=colour')).status).toBe(400)
  })

  test('gives what is gone', async () => {
    const { body } = await open().get('/deleted?include=label')
    expect(body['entries']).toMatchObject([{ elementId: '2', action: 'delete', label: '=cmd|"x"' }])
  })

  test('exports NDJSON or CSV, on record, with formulas neutralised', async () => {
    const ndjson = await open().get('/export?q=type:elements')
    expect(ndjson.headers.get('content-type')).toContain('ndjson')
    const lines = ndjson.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(4)
    const csv = await open().get('/export?elementType=elements', { accept: 'text/csv' })
    expect(csv.text.split('\r\n')[0]).toMatch(/^id,timestamp,/)
    const { body } = await open().get('/entries?elementType=audit_logs&limit=1')
    expect(body['entries']).toMatchObject([
      { userId: 'ada', action: 'read', context: { export: { format: 'csv', elementType: ['elements'] } } },
    ])
    expect((await open().get('/export', { accept: 'image/png' })).status).toBe(406)
  })

  test('does not record an export that nobody takes', async () => {
    const count = async () => (await open().get('/entries/count?elementType=audit_logs')).body['count']
    const before = await count()
    const response = await open().send('HEAD', '/export?format=csv')
    expect({ status: response.status, text: response.text }).toEqual({ status: 200, text: '' })
    expect(response.headers.get('content-disposition')).toContain('audit-log.csv')
    expect(await count()).toBe(before)
    await open().get('/export?format=csv')
    expect(await count()).toBe(Number(before) + 1)
  })

  test('takes a caller who leaves an export for no failure', async () => {
    const failures: unknown[] = []
    const handler = createHandler(backstory(), {
      authorize: () => everything,
      onFailure: (failure) => failures.push(failure),
    })
    for (let times = 0; times < 5; times++) {
      const response = await handler(new Request('http://localhost/export'))
      await response.body?.cancel()
    }
    // what was being read when he left has come by now
    await open().get('/entries/count')
    expect(failures).toEqual([])
  })

  test('describes itself by the schemas that validate', async () => {
    const { body, status } = await open().get('/openapi.json')
    expect(status).toBe(200)
    expect(body['openapi']).toBe('3.1.0')
    expect(Object.keys(Object(body['paths']))).toContain('/element/restore')
  })

  test('knows its routes and their methods, below any path', async () => {
    expect((await open().get('/nothing')).body).toMatchObject({ status: 404, code: 'unknown_route' })
    const wrong = await open().post('/entries', {})
    expect(wrong.body).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect(wrong.headers.get('allow')).toBe('GET')
    expect((await open({ basePath: '/audit' }).get('/audit/me')).status).toBe(200)
    const deep = await open({ basePath: '/audit' }).get('/audit/entries/x')
    expect(new URL(String(deep.body['type']), 'http://x/audit/entries/x').pathname).toBe(
      '/audit/problems/invalid_request',
    )
    expect(() => open({ basePath: 'audit/' })).toThrow(/basePath/)
    // @ts-expect-error -- misspelt
    expect(() => open({ write: true })).toThrow(/knows no option "write"/)
  })

  test('answers HEAD as GET without a body', async () => {
    const response = await open().send('HEAD', '/entries')
    expect({ status: response.status, text: response.text }).toEqual({ status: 200, text: '' })
    expect(response.headers.get('etag')).toMatch(/^W\//)
    const again = await open().send('HEAD', '/entries', {
      headers: { 'if-none-match': String(response.headers.get('etag')) },
    })
    expect(again.status).toBe(304)
  })

  test('refuses a path of changes that is longer than any', async () => {
    const { status, body } = await open().get(`/entries?changed=${'a.'.repeat(501)}`)
    expect({ status, errors: body['errors'] }).toMatchObject({
      status: 400,
      errors: [{ pointer: '?changed' }],
    })
  })
})
