import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import { createHandler, type HandlerOptions } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'
import { createClient } from '../support/http-client.ts'

describe('writing through the API', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  const open = (options: HandlerOptions = {}) =>
    createClient(
      createHandler(createBackstory(db.database), {
        authorize: () => ({ can: ['read', 'restore', 'undo', 'label'], actor: { userId: 'ada' } }),
        writes: true,
        ...options,
      }),
    )
  const element = { elementType: 'notes', elementId: '1' }
  const rows = async () => db.query('select body, mood from notes where id = 1')

  beforeEach(async () => {
    db = await openPostgres()
    onTestFinished(() => db.close())
    const pool = audited(db.database)
    await pool.query('create table notes (id integer primary key, body text, mood text)')
    await createBackstory(pool).track('notes', { label: 'body' })
    await pool.query(`insert into notes values (1, 'draft', 'calm')`)
    await actingAs({ userId: 'bo' }, () => pool.query(`update notes set body = 'vandalised', mood = 'angry'`))
  })

  async function entryIds() {
    const { body } = await open().get('/entries?elementType=notes&order=oldest')
    return Object.values(Object(body['entries'])).map((entry) => String(Object(entry).id))
  }

  test('restores what was previewed, by the actor of the grant and with a reason', async () => {
    const [first] = await entryIds()
    const preview = await open().post('/element/restore/preview', { ...element, entry: first })
    expect(preview.body).toMatchObject({
      changes: [{ action: 'update', fields: ['body', 'mood'] }],
      conflicts: [],
      etag: preview.headers.get('etag'),
    })
    expect(await rows()).toMatchObject([{ body: 'vandalised' }])
    const asked = { ...element, entry: first, reason: 'vandalism' }
    const unseen = await open().post('/element/restore', asked)
    expect(unseen.body).toMatchObject({ status: 428, code: 'preview_first' })
    const done = await open().post('/element/restore', asked, { 'if-match': String(preview.body['etag']) })
    expect(done.body).toMatchObject({ changes: [{ action: 'update' }] })
    expect(await rows()).toEqual([{ body: 'draft', mood: 'calm' }])
    const { body } = await open().get('/entries?limit=1')
    expect(body['entries']).toMatchObject([{ userId: 'ada', context: { reason: 'vandalism' } }])
  })

  test('writes nothing where something else would be written than was previewed', async () => {
    const [first] = await entryIds()
    const { body: preview } = await open().post('/element/restore/preview', { ...element, entry: first })
    await db.query(`update notes set mood = 'sad'`)
    const late = await open().post(
      '/element/restore',
      { ...element, entry: first },
      { 'if-match': String(preview['etag']) },
    )
    expect(late.body).toMatchObject({ status: 412, code: 'plan_changed' })
    expect(await rows()).toEqual([{ body: 'vandalised', mood: 'sad' }])
  })

  test('restores some columns, undoes entries, transactions and what an actor did', async () => {
    const [first, second] = await entryIds()
    const any = { 'if-match': '*' }
    await open().post('/element/restore', { ...element, entry: first, columns: ['mood'] }, any)
    expect(await rows()).toEqual([{ body: 'vandalised', mood: 'calm' }])
    const unknown = await open().post(
      '/element/restore',
      { ...element, entry: first, columns: ['colour'] },
      any,
    )
    expect(unknown.body).toMatchObject({ status: 400, code: 'invalid_request' })
    await db.query(`update notes set body = 'worse'`)
    const conflict = await open().post('/undo', { entryId: second }, any)
    expect(conflict.body).toMatchObject({
      status: 409,
      code: 'undo_conflict',
      conflicts: [{ kind: 'changed', path: '/body', entryId: second }],
    })
    expect(
      (await open().post('/undo', { userId: 'bo', since: '2020-01-01', conflicts: 'force' }, any)).status,
    ).toBe(200)
    expect(await rows()).toEqual([{ body: 'draft', mood: 'calm' }])
    for (const body of [
      {},
      { entryId: '1', transactionId: '1' },
      { userId: 'bo' },
      { since: '2020-01-01' },
      { entryId: 1 },
    ]) {
      expect((await open().post('/undo/preview', body)).body).toMatchObject({
        status: 400,
        code: 'invalid_request',
      })
    }
    expect((await open().post('/undo/preview', { entryId: '999' })).body).toMatchObject({ status: 404 })
  })

  test('does a request with a key once, two at the same time included', async () => {
    const [, second] = await entryIds()
    const headers = { 'if-match': '*', 'idempotency-key': 'k1' }
    const answers = await Promise.all([1, 2, 3].map(() => open().post('/undo', { entryId: second }, headers)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await rows()).toEqual([{ body: 'draft', mood: 'calm' }])
    expect(answers.filter(({ headers: sent }) => sent.get('idempotency-replayed') === 'true')).toHaveLength(2)
    expect(await entryIds()).toHaveLength(3)
    const other = await open().post('/undo', { entryId: second, conflicts: 'skip' }, headers)
    expect(other.body).toMatchObject({ status: 409, code: 'key_reused' })
    const stranger = open({ authorize: () => ({ can: ['undo'], actor: { userId: 'eve' } }) })
    expect((await stranger.post('/undo', { entryId: second, conflicts: 'skip' }, headers)).status).toBe(200)
  })

  test('names versions, once each, and forgets them', async () => {
    const [first] = await entryIds()
    const named = await open().post('/versions', { ...element, entryId: first, name: ' before session 12 ' })
    expect(named).toMatchObject({
      status: 201,
      body: { name: 'before session 12', entryId: first, userId: 'ada' },
    })
    const again = await open().post('/versions', { ...element, name: 'before session 12' })
    expect(again.body).toMatchObject({ status: 409, code: 'version_exists' })
    const list = await open().get('/versions?elementType=notes&elementId=1')
    expect(list.body['versions']).toEqual([named.body])
    expect((await open().send('DELETE', `/versions/${String(named.body['id'])}`)).status).toBe(204)
    expect((await open().send('DELETE', `/versions/${String(named.body['id'])}`)).body).toMatchObject({
      code: 'not_found',
    })
    expect((await open().post('/versions', { ...element, elementId: '7', name: 'x' })).status).toBe(404)
  })

  test('is off unless switched on, and takes JSON of the same origin alone', async () => {
    const body = { ...element, name: 'x' }
    expect((await open({ writes: false }).post('/versions', body)).body).toMatchObject({
      status: 403,
      code: 'writes_off',
    })
    const sent = JSON.stringify(body)
    const plain = await open().send('POST', '/versions', {
      body: sent,
      headers: { 'content-type': 'text/plain' },
    })
    expect(plain.body).toMatchObject({ status: 415, code: 'not_json' })
    const broken = await open().send('POST', '/versions', {
      body: '{',
      headers: { 'content-type': 'application/json' },
    })
    expect(broken.body).toMatchObject({ status: 400, errors: [{ code: 'not_json' }] })
    const huge = await open().post('/versions', { ...body, name: 'x'.repeat(70_000) })
    expect(huge.body).toMatchObject({ status: 413, code: 'too_large' })
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      expect((await open().post('/versions', body, headers)).body).toMatchObject({
        status: 403,
        code: 'cross_site',
      })
    }
    const trusted = open({ trustedOrigins: ['https://admin.example'] })
    const headers = { origin: 'https://admin.example', 'sec-fetch-site': 'cross-site' }
    expect((await trusted.post('/versions', { ...body, name: 'a' }, headers)).status).toBe(201)
    expect(
      (await open().post('/versions', { ...body, name: 'b' }, { origin: 'http://localhost' })).status,
    ).toBe(201)
    expect((await open().post('/versions', { ...body, colour: 'red' })).body).toMatchObject({
      errors: [{ pointer: '/colour', code: 'unknown' }],
    })
  })
})
