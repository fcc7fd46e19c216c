import { beforeAll, afterEach, describe, expect, test, vi } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import {
  createHandler,
  issueViewerToken,
  type Grant,
  type HandlerOptions,
  type ViewerTokenOptions,
} from '../../src/http.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { createClient, type TestClient } from '../support/http-client.ts'

const key = 'a key that nobody could guess: 0123456789'
const otherKey = 'another key that nobody could guess: 01234'

describe('a viewer token', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  const open = (options: HandlerOptions = {}) =>
    createHandler(createBackstory(db.database), { tokenKeys: [key], writes: true, pollMs: 20, ...options })
  const bring = (token: string, options: HandlerOptions = {}): TestClient =>
    createClient(open(options), { authorization: `Bearer ${token}` })
  const one: Grant = {
    can: ['read', 'restore'],
    actor: { userId: 'ada', actorKind: 'user' },
    sight: { elements: [{ elementType: 'notes', elementId: '1' }], withhold: { notes: ['secret'] } },
  }

  beforeAll(async () => {
    db = await openPostgres()
    const pool = audited(db.database)
    await pool.query('create table notes (id integer primary key, body text, secret text)')
    await createBackstory(pool).track('notes', { label: 'body' })
    await actingAs({ userId: 'bo' }, async () => {
      await pool.query(`insert into notes values (1, 'draft', 'hush'), (2, 'other', 'hush')`)
      await pool.query(`update notes set body = 'final' where id = 1`)
      await pool.query(`update notes set body = 'others' where id = 2`)
    })
    return () => db.close()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('opens what it grants, by itself, and nothing else', async () => {
    const client = bring(issueViewerToken(one, { key }))
    const { body } = await client.get('/entries?include=changes')
    expect(Object.values(Object(body['entries']))).toMatchObject([{ elementId: '1' }, { elementId: '1' }])
    expect(JSON.stringify(body)).not.toContain('hush')
    expect((await client.get('/me')).body).toMatchObject({
      userId: 'ada',
      can: ['read', 'restore'],
      narrowed: true,
      states: true,
    })
    const stateOf = (id: string) => client.get(`/element/state?elementType=notes&elementId=${id}`)
    expect((await stateOf('1')).body).toEqual({ state: { id: 1, body: 'final' } })
    expect((await stateOf('2')).body).toEqual({ state: null })
    expect((await client.get('/export')).body).toMatchObject({ status: 403, code: 'not_permitted' })
    expect((await client.post('/undo/preview', { userId: 'bo', since: '2020-01-01' })).status).toBe(403)
    expect((await client.get('/watch')).status).toBe(403)
  })

  test('does not open more than it grants to whoever the hook would let see everything', async () => {
    const authorize = () => ({ can: ['read', 'export'] }) satisfies Grant
    const client = bring(issueViewerToken(one, { key }), { authorize })
    expect((await client.get('/entries/count')).body).toEqual({ count: 2, exact: true })
    expect((await client.get('/export')).status).toBe(403)
    expect((await createClient(open({ authorize })).get('/entries/count')).body).toEqual({
      count: 4,
      exact: true,
    })
  })

  test('writes by its actor what it may write, where writing is on, also from a page of another site', async () => {
    const token = issueViewerToken(one, { key })
    const element = { elementType: 'notes', elementId: '1' }
    const [, first] = Object.values(Object((await bring(token).get('/entries')).body['entries']))
    const asked = { ...element, entry: Object(first).id }
    const elsewhere = { 'if-match': '*', 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' }
    const off = await bring(token, { writes: false }).post('/element/restore', asked, elsewhere)
    expect(off.body).toMatchObject({ status: 403, code: 'writes_off' })
    expect((await bring(token).post('/element/restore', asked, elsewhere)).status).toBe(200)
    const [latest] = (await createBackstory(db.database).entries({ limit: 1 })).entries
    expect(latest).toMatchObject({ elementId: '1', userId: 'ada', changes: { after: { body: 'draft' } } })
    const other = await bring(token).post('/element/restore', { ...asked, elementId: '2' }, elsewhere)
    expect(other.status).toBe(404)
    const reader = issueViewerToken({ ...one, can: ['read'] }, { key })
    expect((await bring(reader).post('/element/restore', asked, elsewhere)).status).toBe(403)
  })

  test('is refused when it has expired, and says that', async () => {
    const token = issueViewerToken(one, { key, lifetimeMs: 60_000 })
    expect((await bring(token).get('/me')).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 59_000 })
    expect((await bring(token).get('/me')).status).toBe(200)
    vi.setSystemTime(Date.now() + 1000)
    const { headers, body } = await bring(token).get('/me')
    expect(body).toMatchObject({ status: 401, code: 'token_expired' })
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  })

  test('ends a watch when it expires', async () => {
    const token = issueViewerToken({ can: ['watch'] }, { key, lifetimeMs: 1000 })
    // it would go on for ten minutes
    const { status, text } = await bring(token).get('/watch')
    expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining('retry:') })
  })

  test('of another key is refused, even where the hook would let its bearer in', async () => {
    const token = issueViewerToken(one, { key: otherKey })
    const authorize = () => ({ can: ['read'] }) satisfies Grant
    expect((await bring(token, { authorize }).get('/entries')).body).toMatchObject({
      status: 401,
      code: 'invalid_token',
    })
    expect((await bring(token, { tokenKeys: [key, otherKey] }).get('/entries')).status).toBe(200)
    expect((await bring(token, { tokenKeys: [], authorize }).get('/entries')).status).toBe(200)
    expect((await bring(token, { tokenKeys: [] }).get('/entries')).body).toMatchObject({ code: 'closed' })
  })

  test('opens the handler that it was issued for, and no other with the same key', async () => {
    const statuses = async (token: string) =>
      Promise.all(
        [{}, { tokenAudience: 'admin' }, { tokenAudience: 'docs' }].map(
          async (options) => (await bring(token, options).get('/me')).status,
        ),
      )
    expect(await statuses(issueViewerToken(one, { key }))).toEqual([200, 401, 401])
    expect(await statuses(issueViewerToken(one, { key, audience: 'admin' }))).toEqual([401, 200, 401])
    expect(await statuses(issueViewerToken(one, { key, audience: 'docs' }))).toEqual([401, 401, 200])
    for (const tokenAudience of ['', 1, '\ud800']) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- that is what is tested
      expect(() => open({ tokenAudience: tokenAudience as string })).toThrow(/audience/)
    }
  })

  test('is refused wherever a bit of it was changed, cut or added', async () => {
    const token = issueViewerToken(one, { key })
    const bytes = Buffer.from(token.slice(5), 'base64url')
    const forged = [
      ...Array.from(bytes, (_, at) => {
        const copy = Buffer.from(bytes)
        copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
        return `bst1.${copy.toString('base64url')}`
      }),
      ...Array.from(token.slice(5), (_, at) => token.slice(0, at + 5)),
      `${token}A`,
      `${token}=`,
      `${token}!`,
      `bst1.${bytes.toString('base64')}=`,
      'bst1.',
    ].filter((text) => text !== token)
    const authorize = () => ({ can: ['read'] }) satisfies Grant
    const handle = open({ authorize })
    for (const text of forged) {
      const answer = await handle(
        new Request('http://localhost/entries/count', { headers: { authorization: `Bearer ${text}` } }),
      )
      expect(`${answer.status} ${text}`).toBe(`401 ${text}`)
    }
  })

  test('tells its bearer nothing of what it withholds', () => {
    const token = issueViewerToken(one, { key })
    for (const encoding of ['base64url', 'latin1'] as const) {
      expect(Buffer.from(token.slice(5), encoding).toString('latin1')).not.toMatch(/secret|notes|ada/)
    }
    expect(issueViewerToken(one, { key })).not.toBe(token)
  })

  test('is asked for where nothing else opens the API', async () => {
    const { body } = await createClient(open()).get('/me')
    expect(body).toMatchObject({ status: 401, code: 'invalid_token', detail: 'The request brings no token.' })
    expect((await bring('something-else').get('/me')).status).toBe(401)
    expect((await createClient(open()).get('/openapi.json')).status).toBe(200)
  })

  test.each([
    ['a key that could be guessed', one, { key: 'short' }, /32 characters/],
    ['no key', one, {}, /32 characters/],
    ['a life without an end', one, { key, lifetimeMs: 86_400_000 }, /3,600,000/],
    ['an audience that is none', one, { key, audience: '' }, /audience/],
    ['an option that is misspelt', one, { key, lifetime: 1 }, /"lifetime"/],
    ['a grant that is misspelt', { ...one, sigth: {} }, { key }, /"sigth"/],
    ['a sight that is misspelt', { ...one, sight: { element: [] } }, { key }, /"element"/],
    [
      'an element without an id',
      { ...one, sight: { elements: [{ elementType: 'notes' }] } },
      { key },
      /elements/,
    ],
    ['an actor that no JSON holds', { ...one, actor: { userId: 1n } }, { key }, /userId/],
  ])('is not issued for %s', (_name, grant, options, message) => {
    const [wrongGrant, wrongOptions]: readonly unknown[] = [grant, options]
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- that is what is tested
    const issue = () => issueViewerToken(wrongGrant as Grant, wrongOptions as ViewerTokenOptions)
    expect(issue).toThrow(message)
  })

  test('lets pages of trusted origins read, as browsers ask for it, and no others', async () => {
    const trustedOrigins = ['https://docs.example.com']
    const ask = (origin: string, method = 'GET') =>
      open({ trustedOrigins })(
        new Request('http://localhost/entries', {
          method,
          headers: { origin, authorization: `Bearer ${issueViewerToken(one, { key })}` },
        }),
      )
    const preflight = await ask('https://docs.example.com', 'OPTIONS')
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://docs.example.com',
    ])
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    const answer = await ask('https://docs.example.com')
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://docs.example.com')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('vary')).toContain('Origin')
    for (const method of ['GET', 'OPTIONS']) {
      const other = await ask('https://evil.example', method)
      expect(other.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('is refused to a handler whose keys could be guessed', () => {
    expect(() => open({ tokenKeys: ['short'] })).toThrow(/32 characters/)
  })
})
