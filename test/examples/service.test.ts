import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openApplication, type Application } from '../../examples/worldbuilding/application.ts'
import { createElement } from '../../examples/worldbuilding/elements.ts'
import { WorldElement } from '../../examples/worldbuilding/models/world-element.ts'
import { createService } from '../../examples/worldbuilding/service/create-service.ts'
import { createPostgresDatabase } from '../support/database.ts'

describe.each(['trigger', 'listener'] as const)('the reference application by %s', (capture) => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>
  let application: Application
  let app: FastifyInstance
  const cookies = new Map<string, string>()

  const ask = async (
    name: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object,
  ) => {
    const response = await app.inject({
      method,
      url,
      headers: { cookie: cookies.get(name) ?? '' },
      ...(payload === undefined ? {} : { payload }),
    })
    return { status: response.statusCode, text: response.body, body: read(response.body) }
  }
  const read = (text: string): Record<string, unknown> => {
    try {
      return Object(JSON.parse(text))
    } catch {
      return {}
    }
  }
  // what is mounted answers past inject: over a real connection
  const history = async (name: string, path: string, init: RequestInit = {}) => {
    const response = await fetch(`${app.listeningOrigin}/history${path}`, {
      ...init,
      headers: {
        cookie: cookies.get(name) ?? '',
        'content-type': 'application/json',
        ...Object(init.headers),
      },
    })
    const text = await response.text()
    return { status: response.status, text, body: read(text) }
  }

  beforeAll(async () => {
    database = await createPostgresDatabase({ template: 'empty' })
    application = await openApplication({ url: database.url, capture })
    app = await createService(application)
    await app.listen({ host: '127.0.0.1', port: 0 })
    for (const name of ['Ada', 'Bo']) {
      const response = await app.inject({ method: 'POST', url: '/api/sign-in', payload: { name } })
      cookies.set(name, String(response.headers['set-cookie']).split(';')[0] ?? '')
    }
  })
  afterAll(async () => {
    app.server.closeAllConnections()
    await app.close()
    await application.close()
    await database.drop()
  })

  it('lets nobody in who has not signed in, nor with a cookie of his own making', async () => {
    expect(await ask('nobody', 'GET', '/api/worlds')).toMatchObject({ status: 401 })
    expect(await history('nobody', '/entries')).toMatchObject({
      status: 403,
      body: { code: 'not_permitted' },
    })
    cookies.set('Mallory', `author=ada.${'A'.repeat(43)}`)
    expect(await ask('Mallory', 'GET', '/api/worlds')).toMatchObject({ status: 401 })
    expect(await history('Mallory', '/me')).toMatchObject({ status: 403 })
    cookies.set('Mallory', `author=%E0%A4%A.${'A'.repeat(43)}`)
    expect(await ask('Mallory', 'GET', '/api/worlds')).toMatchObject({ status: 401 })
    expect(await history('Mallory', '/me')).toMatchObject({ status: 403 })
  })

  it('records who writes worlds, elements and relations, and why', async () => {
    const world = await ask('Ada', 'POST', '/api/worlds', { name: 'Earthsea', premise: 'Islands.' })
    const elements = `/api/worlds/${String(world.body['id'])}/elements`
    const { body: ged } = await ask('Ada', 'POST', elements, { kind: 'character', name: 'Ged' })
    const { body: roke } = await ask('Bo', 'POST', elements, { kind: 'place', name: 'Roke' })
    await ask('Bo', 'POST', `/api/elements/${String(ged['id'])}/relations`, {
      kind: 'studies at',
      toId: roke['id'],
    })
    const edited = { name: 'Sparrowhawk', summary: 'A wizard.', body: '', attributes: { rank: 'archmage' } }
    expect(
      await ask('Bo', 'PUT', `/api/elements/${String(ged['id'])}`, { ...edited, reason: 'retcon' }),
    ).toMatchObject({
      status: 204,
    })
    expect((await ask('Ada', 'GET', `/api/elements/${String(ged['id'])}`)).body).toMatchObject({
      name: 'Sparrowhawk',
      relations: [{ kind: 'studies at', toName: 'Roke' }],
    })
    const { body } = await history(
      'Ada',
      `/entries?elementType=world_elements&elementId=${String(ged['id'])}&include=label`,
    )
    expect(body['entries']).toMatchObject([
      {
        userId: 'bo',
        label: 'Sparrowhawk',
        context: { reason: 'retcon', method: 'PUT', route: '/api/elements/:id' },
      },
      { userId: 'ada', label: 'Ged', action: 'insert' },
    ])
  })

  it('shows a secret to its owner alone, in old versions too', async () => {
    const world = await ask('Ada', 'POST', '/api/worlds', { name: 'Narnia', premise: '' })
    const { body: lamp } = await ask('Ada', 'POST', `/api/worlds/${String(world.body['id'])}/elements`, {
      kind: 'item',
      name: 'Lamp post',
    })
    const id = String(lamp['id'])
    await ask('Ada', 'PUT', `/api/elements/${id}/secret`, { body: 'it grew from iron' })
    await ask('Ada', 'PUT', `/api/elements/${id}/secret`, { body: 'it grew from an iron bar' })
    expect((await ask('Bo', 'GET', `/api/elements/${id}/secret`)).body).toEqual({ body: '' })
    const secret = `elementType=secrets&elementId=${encodeURIComponent(JSON.stringify([id, 'ada']))}`
    const own = await history('Ada', `/entries?${secret}&include=changes`)
    expect(own.body['entries']).toMatchObject([
      { changes: { before: { body: 'it grew from iron' } } },
      { action: 'insert' },
    ])
    const [latest, first] = Object(own.body['entries'])
    const undoing = JSON.stringify({ transactionId: latest.transactionId })
    const restoring = JSON.stringify({
      elementType: 'secrets',
      elementId: JSON.stringify([id, 'ada']),
      entry: first.id,
    })
    const hidden = [
      [`/entries/${latest.id}`],
      [`/entries?${secret}&include=changes`],
      [`/transactions/${latest.transactionId}?include=changes`],
      [`/element?${secret}`],
      [`/element/state?${secret}`],
      [`/element/state?${secret}&entry=${first.id}`],
      [`/element/diff?${secret}&fromEntry=${first.id}&toEntry=${latest.id}`],
      [`/element/blame?${secret}`],
      [`/element/field?${secret}&path=${encodeURIComponent('/body')}`],
      [`/type/states?elementType=secrets&entry=${latest.id}`],
      [`/scope/states?scope=ada&entry=${latest.id}`],
      ['/entries?include=changes&limit=200'],
      ['/entries?q=iron&include=changes'],
      ['/export?format=csv'],
      ['/export?format=ndjson'],
      ['/undo/preview', undoing],
      ['/element/restore/preview', restoring],
    ] as const
    const shown: string[] = []
    for (const [path, body] of hidden) {
      const asked = body === undefined ? {} : { method: 'POST', body }
      if ((await history('Ada', path, asked)).text.includes('iron')) shown.push(path)
      const { text, status } = await history('Bo', path, asked)
      expect({ path, isAnswered: status < 500, isShown: text.includes('iron') }).toEqual({
        path,
        isAnswered: true,
        isShown: false,
      })
    }
    // it is there to be found: all but the summary of the element
    expect(shown).toEqual(hidden.map(([path]) => path).filter((path) => !path.startsWith('/element?')))
    for (const path of [
      '/facets?since=2020-01-01',
      '/activity?since=2020-01-01&by=scope&by=elementType',
      '/deleted',
    ]) {
      const { text, status } = await history('Bo', path)
      expect({ path, status }).toEqual({ path, status: 200 })
      expect(text).not.toMatch(/iron|secrets/)
    }
  })

  it('answers with what its page shows, and never with notes that are hidden', async () => {
    const { body: world } = await ask('Ada', 'POST', '/api/worlds', { name: 'Solaris', premise: 'A sea.' })
    const worldId = Number(world['id'])
    const id = await createElement(application.orm.em.fork(), {
      worldId,
      kind: 'lore',
      name: 'Symmetriads',
      summary: 'They rise.',
      authorId: 'ada',
      attributes: { height: { km: 3 } },
      secretNotes: 'It thinks.',
    })
    const worlds: unknown = JSON.parse((await ask('Bo', 'GET', '/api/worlds')).text)
    expect(worlds).toContainEqual({ id: worldId, name: 'Solaris', premise: 'A sea.' })
    const { text } = await ask('Bo', 'GET', `/api/worlds/${worldId}/elements`)
    expect(JSON.parse(text)).toEqual([{ id, kind: 'lore', name: 'Symmetriads', summary: 'They rise.' }])
    const shown = { kind: 'lore', name: 'Symmetriads', summary: 'They rise.', body: '' }
    expect((await ask('Bo', 'GET', `/api/elements/${id}`)).body).toEqual({
      ...shown,
      id,
      worldId,
      attributes: { height: { km: 3 } },
      relations: [],
    })
    const element = await application.orm.em.fork().findOneOrFail(WorldElement, id)
    expect(element.secretNotes).toBe('It thinks.')
    expect(JSON.stringify(element)).not.toContain('It thinks.')
    expect(await ask('Bo', 'GET', '/api/elements/00000000-0000-4000-8000-000000000000')).toMatchObject({
      status: 404,
      body: { message: 'There is no such thing.' },
    })
  })

  it('restores through the viewer’s API as whoever is signed in', async () => {
    const world = await ask('Ada', 'POST', '/api/worlds', { name: 'Gormenghast', premise: '' })
    const { body: tower } = await ask('Ada', 'POST', `/api/worlds/${String(world.body['id'])}/elements`, {
      kind: 'place',
      name: 'Tower of Flints',
    })
    const id = String(tower['id'])
    expect((await ask('Bo', 'DELETE', `/api/elements/${id}`)).status).toBe(204)
    const asked = JSON.stringify({ elementType: 'world_elements', elementId: id })
    const preview = await history('Ada', '/element/restore/preview', { method: 'POST', body: asked })
    const headers = { 'if-match': String(preview.body['etag']) }
    expect(await history('Ada', '/element/restore', { method: 'POST', body: asked, headers })).toMatchObject({
      status: 200,
    })
    expect((await ask('Bo', 'GET', `/api/elements/${id}`)).body).toMatchObject({ name: 'Tower of Flints' })
  })

  it('serves its page under a policy that lets nothing in from elsewhere', async () => {
    const response = await app.inject({ method: 'GET', url: '/' })
    expect(response.headers['content-security-policy']).toContain("default-src 'none'")
    expect(response.body).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=/)
    for (const url of ['/app.js', '/app.css']) expect((await app.inject({ url })).statusCode).toBe(200)
  })

  it('says of what cannot be kept that it cannot, and not what the database says', async () => {
    const { body: world } = await ask('Ada', 'POST', '/api/worlds', { name: 'Nowhere', premise: '' })
    const elements = `/api/worlds/${String(world['id'])}/elements`
    const id = String((await ask('Ada', 'POST', elements, { kind: 'lore', name: 'Silence' })).body['id'])
    const missing = '00000000-0000-4000-8000-000000000000'
    const written = { name: 'Silence', summary: '', body: '' }
    const relation = { kind: 'echoes', toId: id }
    await ask('Ada', 'POST', `/api/elements/${id}/relations`, relation)
    for (const [status, method, url, payload] of [
      [400, 'POST', elements, { kind: 'lore', name: 'a\0b' }],
      [400, 'POST', '/api/sign-in', { name: 'a\0b' }],
      [400, 'PUT', `/api/elements/${id}`, { ...written, attributes: { a: '\0' } }],
      [400, 'PUT', `/api/elements/${id}`, { ...written, attributes: { a: '\ud800' } }],
      [404, 'POST', '/api/worlds/999999/elements', { kind: 'lore', name: 'x' }],
      [404, 'PUT', `/api/elements/${missing}/secret`, { body: 'x' }],
      [404, 'POST', `/api/elements/${id}/relations`, { kind: 'echoes', toId: missing }],
      [409, 'POST', `/api/elements/${id}/relations`, relation],
    ] as const) {
      const answer = await ask('Ada', method, url, payload)
      expect({ method, url, payload, ...answer }).toMatchObject({
        status,
        body: { message: expect.any(String) },
      })
      expect(answer.text).not.toMatch(/violates|invalid|Key \(|"code"/)
    }
  })

  it('takes JSON of the right shape alone', async () => {
    const text = await app.inject({
      method: 'POST',
      url: '/api/sign-in',
      headers: { 'content-type': 'text/plain' },
      payload: '{"name":"Eve"}',
    })
    expect(text.statusCode).toBe(415)
    expect(await ask('Ada', 'GET', '/api/elements/abc')).toMatchObject({ status: 400 })
    expect(await ask('Ada', 'POST', '/api/worlds', { name: '' })).toMatchObject({ status: 400 })
  })
})
