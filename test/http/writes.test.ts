import pg from 'pg'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import { actingAs, createBackstory } from '../../src/index.ts'
import { audited } from '../../src/pg.ts'
import { createHandler, type Grant, type HandlerOptions } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'
import { readBlocks } from '../support/printed-code.ts'
import { createClient, type TestClient } from '../support/http-client.ts'

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

  describe('names of versions', () => {
    const as = (userId: string | undefined, more: Partial<Grant> = {}) =>
      open({
        authorize: () => ({
          can: ['read', 'label'],
          ...(userId === undefined ? {} : { actor: { userId } }),
          ...more,
        }),
      })
    const name = async (client: TestClient, version: string, entryId?: string) => {
      const { status, body } = await client.post('/versions', { ...element, entryId, name: version })
      return { status, id: String(body['id']), code: body['code'] }
    }
    const forget = async (client: TestClient, id: string) => {
      const { status, body } = await client.send('DELETE', `/versions/${id}`)
      return { status, code: body['code'] }
    }
    const listed = async (client: TestClient) => {
      const { body } = await client.get('/versions?elementType=notes&elementId=1')
      return Object.values(Object(body['versions'])).map((version) => Object(version).name)
    }

    test('are taken away by whoever gave them, and by those who may take away any', async () => {
      const { id } = await name(as('bo'), 'final')
      const unnamed = await name(as(undefined), 'draft')
      expect(await forget(as('ada'), id)).toEqual({ status: 403, code: 'not_permitted' })
      // nobody is not the same as nobody
      expect(await forget(as(undefined), unnamed.id)).toEqual({ status: 403, code: 'not_permitted' })
      expect(await forget(as(undefined), id)).toEqual({ status: 403, code: 'not_permitted' })
      expect(await listed(as('ada'))).toEqual(['draft', 'final'])
      expect((await forget(as('bo'), id)).status).toBe(204)
      const keeper = as('eve', { can: ['label', 'forget'] })
      expect((await forget(keeper, unnamed.id)).status).toBe(204)
      expect((await forget(keeper, unnamed.id)).status).toBe(404)
      expect(await listed(as('ada'))).toEqual([])
    })

    test('stay on record when they are taken away, and are free again', async () => {
      const first = await name(as('bo'), 'final')
      await forget(as('eve', { can: ['label', 'forget'] }), first.id)
      const second = await name(as('ada'), 'final')
      expect(second.status).toBe(201)
      expect(await listed(as('ada'))).toEqual(['final'])
      await forget(as('ada'), second.id)
      expect((await name(as('ada'), 'final')).status).toBe(201)
      expect(
        await db.query(`
          select name, element_id, user_id, forgotten_by, forgotten_at is not null as is_forgotten
          from backstory.versions order by id`),
      ).toMatchObject([
        { name: 'final', element_id: '1', user_id: 'bo', forgotten_by: 'eve', is_forgotten: true },
        { name: 'final', element_id: '1', user_id: 'ada', forgotten_by: 'ada', is_forgotten: true },
        { name: 'final', element_id: '1', user_id: 'ada', forgotten_by: null, is_forgotten: false },
      ])
    })

    test('that somebody does not see are not in his way, and he is not told of them', async () => {
      const [first, second] = await entryIds()
      // the first entry is nobody's
      await name(as('ada'), 'hidden', first)
      const narrow = as('bo', { sight: { userIds: ['bo'] } })
      expect(await listed(narrow)).toEqual([])
      const statuses = [
        (await name(narrow, 'hidden', second)).status,
        (await name(narrow, 'free', second)).status,
        (await name(narrow, 'free', second)).status,
      ]
      expect(statuses).toEqual([201, 201, 409])
      expect(await listed(narrow)).toEqual(['free', 'hidden'])
      expect(await listed(as('ada'))).toEqual(['free', 'hidden', 'hidden'])
      expect(await name(as('ada'), 'hidden')).toMatchObject({ status: 409, code: 'version_exists' })
    })

    test('are given and taken away by a role with the documented grants, which can neither delete nor rewrite', async () => {
      const role = `${db.url.split('/').at(-1)}_names`
      const grants = (await readBlocks('docs/reference/narrowed.md', 'sql')).join('\n')
      await db.run(
        `create role ${role}; grant select on audit_logs to ${role}; ${grants.replaceAll('to app', `to ${role}`)}`,
      )
      const pool = new pg.Pool({ connectionString: db.url, options: `-c role=${role}` })
      try {
        const client = createClient(
          createHandler(createBackstory(pool), {
            authorize: () => ({ can: ['read', 'label'], actor: { userId: 'ada' } }),
            writes: true,
          }),
        )
        const { id } = await name(client, 'final')
        expect((await forget(client, id)).status).toBe(204)
        await expect(pool.query('delete from backstory.versions')).rejects.toThrow('permission denied')
        await expect(pool.query(`update backstory.versions set name = 'x'`)).rejects.toThrow(
          'permission denied',
        )
      } finally {
        await pool.end()
        await db.run(`drop owned by ${role}; drop role ${role}`)
      }
    })

    test('are given once, by however many at the same time', async () => {
      for (let n = 0; n < 6; n++) await db.query(`update notes set mood = 'mood ${n}'`)
      const ids = await entryIds()
      // connections for all of them, so that nobody waits for one
      await Promise.all(ids.map(() => db.query('select pg_sleep(0.1)')))
      const given = await Promise.all(ids.map((entryId) => name(as('ada'), 'final', entryId)))
      expect(given.map(({ status }) => status).toSorted()).toEqual([201, ...ids.slice(1).map(() => 409)])
    })
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
