import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBackstory, type Entry, type Sight } from '../../src/index.ts'
import { createHandler, type HandlerOptions } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'
import { createClient, type TestAnswer, type TestClient } from '../support/http-client.ts'

describe('the states of a type and of a scope', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let before: Entry
  let after: Entry
  const clientOf = (sight?: Sight, options: HandlerOptions = {}): TestClient =>
    createClient(
      createHandler(createBackstory(db.database), {
        authorize: () => ({ can: ['read'], ...(sight === undefined ? {} : { sight }) }),
        ...options,
      }),
    )
  const ndjson = { accept: 'application/x-ndjson' }
  const linesOf = ({ text }: TestAnswer) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  const namesOf = (states: readonly unknown[]) =>
    states.map(Object).map(({ elementType, elementId, isKnown }) => `${elementType} ${elementId} ${isKnown}`)
  /** All pages, one after the other. */
  const readPages = async (client: TestClient, path: string): Promise<readonly unknown[]> => {
    const states: unknown[] = []
    for (let cursor = ''; ;) {
      const { status, body } = await client.get(`${path}&limit=3${cursor}`)
      expect({ status, body }).toMatchObject({ status: 200 })
      states.push(...Object.values(Object(body['states'])))
      if (body['nextCursor'] === null) return states
      const { nextCursor } = body
      cursor = `&cursor=${encodeURIComponent(typeof nextCursor === 'string' ? nextCursor : '')}`
    }
  }

  beforeAll(async () => {
    db = await openPostgres()
    const backstory = createBackstory(db.database)
    await db.run(`
      create table people (id text primary key, world text, name text, weight numeric);
      create table notes (id integer primary key, about text references people, body text);
      create table relics (id integer primary key, world text);
      insert into relics values (1, 'earth'), (2, 'moon')`)
    await backstory.track('people', { scope: 'world' })
    await backstory.track('notes')
    await db.run(`
      insert into people
      select i, case when n % 2 = 0 then 'earth' else 'moon' end, 'first', 1.50
      from unnest('{ä,Ä,z,"",10,9,日本}'::text[]) with ordinality as i (i, n);
      insert into notes select n, (array['Ä', 'z', '10'])[n], 'x' from generate_series(1, 3) n`)
    before = await lastEntry()
    await db.run(`update people set name = 'second', world = 'moon'; delete from notes`)
    after = await lastEntry()
    await backstory.track('relics', { scope: 'world' })
  })
  afterAll(() => db.close())

  async function lastEntry(): Promise<Entry> {
    const [entry] = (await createBackstory(db.database).entries({ limit: 1 })).entries
    if (entry === undefined) throw new Error('an entry')
    return entry
  }

  const people = '/type/states?elementType=people'

  test('come page by page, each element once and in one order, as the stream has them', async () => {
    for (const path of [
      `${people}&entry=${before.id}`,
      `${people}&entry=${before.id}&scope=earth&scope=moon`,
      `/scope/states?scope=earth&entry=${before.id}&unknown=mark`,
      `/scope/states?scope=moon&at=2099-01-01&unknown=mark`,
    ]) {
      const pages = await readPages(clientOf(), path)
      expect(pages.length).toBeGreaterThan(3)
      expect(new Set(namesOf(pages)).size).toBe(pages.length)
      const stream = await clientOf().get(path, ndjson)
      expect(stream.headers.get('content-type')).toContain('application/x-ndjson')
      expect(linesOf(stream)).toEqual(pages)
    }
    expect(namesOf(await readPages(clientOf(), `${people}&entry=${before.id}`))).toEqual(
      ['', '10', '9', 'z', 'Ä', 'ä', '日本'].map((id) => `people ${id} true`),
    )
  })

  test('are those of a time, of an entry, and of a transaction, numbers as they were written', async () => {
    const stateOf = async (moment: string) => {
      const { body } = await clientOf().get(`${people}&${moment}&elementId=z`)
      return Object(body['states'])[0].state.name
    }
    expect(await stateOf(`at=${before.timestamp}`)).toBe('first')
    expect(await stateOf(`entry=${before.id}`)).toBe('first')
    expect(await stateOf(`transactionId=${before.transactionId}`)).toBe('first')
    expect(await stateOf(`transactionId=${after.transactionId}`)).toBe('second')
    const { text } = await clientOf().get(`${people}&entry=${before.id}`)
    expect(text).toContain('"weight":1.50')
    const earth = await readPages(clientOf(), `/scope/states?scope=earth&entry=${before.id}&unknown=mark`)
    expect(namesOf(earth).filter((name) => name.endsWith('true'))).toEqual([
      'notes 1 true',
      'people  true',
      'people 9 true',
      'people Ä true',
    ])
  })

  test('are those of a list, in its order, a page at a time', async () => {
    const list = ['z', '日本', 'nobody', '10', 'Ä', '9'].map((id) => `&elementId=${encodeURIComponent(id)}`)
    const path = `${people}&entry=${before.id}${list.join('')}`
    const pages = await readPages(clientOf(), path)
    expect(namesOf(pages)).toEqual(['z', '日本', '10', 'Ä', '9'].map((id) => `people ${id} true`))
    expect(linesOf(await clientOf().get(path, ndjson))).toEqual(pages)
  })

  test('are refused as a whole where one cannot be known, before a stream begins, or marked', async () => {
    const path = `/type/states?elementType=relics&entry=${before.id}`
    for (const headers of [{}, ndjson]) {
      const refused = await clientOf().get(path, headers)
      expect(refused.headers.get('content-type')).toContain('problem+json')
      expect(JSON.parse(refused.text)).toMatchObject({ status: 404, code: 'before_tracking' })
    }
    await db.run(`update relics set world = 'earth' where id = 2`)
    await createBackstory(db.database).untrack('relics')
    await createBackstory(db.database).track('relics', { scope: 'world' })
    expect(namesOf(await readPages(clientOf(), `${path}&unknown=mark`))).toEqual([
      'relics null false',
      'relics 1 false',
      'relics 2 false',
    ])
    // nor is told twice, on the next page, that something may have been there
    const seen = clientOf({ scopes: ['earth', 'moon', null] })
    const first = await seen.get(`${path}&unknown=mark&limit=1`)
    expect(first.body).toMatchObject({ states: [{ elementId: null }], nextCursor: null })
    const scope = await readPages(seen, `/scope/states?scope=earth&entry=${before.id}&unknown=mark`)
    expect(namesOf(scope).filter((name) => name.endsWith('false'))).toEqual(['relics null false'])
    expect(namesOf(scope).indexOf('relics null false')).toBe(0)
  })

  test('go on by a cursor of the same question alone', async () => {
    const path = `${people}&entry=${before.id}`
    const { body } = await clientOf().get(`${path}&limit=2`)
    const cursor = `&cursor=${encodeURIComponent(String(body['nextCursor']))}`
    expect((await clientOf().get(`${path}&limit=4${cursor}`)).status).toBe(200)
    for (const answer of [
      await clientOf().get(`${people}&entry=${after.id}${cursor}`),
      await clientOf().get(`${path}&scope=earth${cursor}`),
      await clientOf({ scopes: ['earth', null] }).get(`${path}${cursor}`),
      await clientOf().get(`${path}&cursor=abc`),
      await clientOf().get(`${path}&cursor=`),
    ]) {
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid_cursor' })
    }
  })

  test('are answered by 304 while they are the same, for each form of the answer', async () => {
    const path = `${people}&entry=${before.id}`
    const { headers } = await clientOf().get(path)
    expect(headers.get('etag')).toMatch(/^W\//)
    expect(headers.get('vary')).toContain('Accept')
    const known = { 'if-none-match': String(headers.get('etag')) }
    expect((await clientOf().get(path, known)).status).toBe(304)
    const stream = await clientOf().get(path, { ...known, ...ndjson })
    expect(stream.status).toBe(200)
    expect(stream.headers.get('vary')).toContain('Accept')
    expect((await clientOf().get(path, { accept: 'image/png' })).body).toMatchObject({ status: 406 })
    expect((await clientOf().get(path, { accept: 'text/html, */*' })).headers.get('content-type')).toContain(
      'application/json',
    )
  })

  test.each([
    ['', '?at', 'required'],
    ['&at=2026-01-31&entry=1', '?at', 'exclusive'],
    ['&entry=1&transactionId=1', '?at', 'exclusive'],
    ['&at=yesterday', '?at', 'invalid_format'],
    ['&at=2026-01-31&unknown=guess', '?unknown', 'invalid_value'],
    ['&at=2026-01-31&limit=201', '?limit', 'too_big'],
    ['&at=2026-01-31&format=csv', '?format', 'unknown'],
  ])('refuses %s and says where', async (query, pointer, code) => {
    for (const path of [people, '/scope/states?scope=earth']) {
      const { status, body } = await clientOf().get(`${path}${query}`)
      expect({ status, errors: body['errors'] }).toEqual({
        status: 400,
        errors: [expect.objectContaining({ pointer, code })],
      })
    }
  })

  test('of what does not exist are the problems that the routes beside have', async () => {
    const now = new Date().toISOString()
    const get = (path: string) => clientOf().get(path)
    expect((await get(`/type/states?elementType=nothing&entry=${before.id}`)).body).toMatchObject({
      code: 'not_tracked',
    })
    expect((await get(`${people}&entry=999999`)).body).toMatchObject({ code: 'not_found' })
    expect((await get(`${people}&transactionId=999999`)).body).toMatchObject({ code: 'not_found' })
    expect((await get(`${people}&at=${now}&scope=earth&elementId=z`)).body).toMatchObject({ status: 400 })
    expect((await get(`/type/states?elementType=notes&at=${now}&scope=earth`)).body).toMatchObject({
      status: 400,
    })
    expect((await get(`/scope/states?scope=nowhere&entry=${before.id}&unknown=mark`)).body).toMatchObject({
      states: expect.not.arrayContaining([expect.objectContaining({ isKnown: true })]),
    })
  })

  test('of single elements are looked up, and not found in what a whole table was', async () => {
    const asked: string[] = []
    class WatchedClient extends pg.Client {
      override query = (...given: readonly unknown[]) => {
        asked.push(JSON.stringify(given[0]))
        // oxlint-disable-next-line typescript/unbound-method -- bound by the call
        return Reflect.apply(pg.Client.prototype.query, this, given)
      }
    }
    const pool = new pg.Pool({ connectionString: db.url, Client: WatchedClient })
    const elements = ['z', 'Ä'].map((elementId) => ({ elementType: 'people', elementId }))
    const client = createClient(
      createHandler(createBackstory(pool), { authorize: () => ({ can: ['read'], sight: { elements } }) }),
    )
    const at = `at=${before.timestamp}`
    const pages = await readPages(client, `${people}&${at}`)
    const earth = await readPages(client, `/scope/states?scope=earth&${at}`)
    await pool.end()
    expect([namesOf(pages), namesOf(earth)]).toEqual([['people z true', 'people Ä true'], ['people Ä true']])
    expect(asked.length).toBeGreaterThan(2)
    expect(asked.filter((text) => /states_of|scope_states/.test(text))).toEqual([])
  })

  describe('as a stream', () => {
    const openStream = async (options: HandlerOptions, max = 10) => {
      const pool = new pg.Pool({ connectionString: db.url, max })
      await db.run(`
        create table if not exists many (id integer primary key, body text);
        select backstory.track('many');
        insert into many select n, repeat('x', 1000) from generate_series(1, 5000) n on conflict do nothing`)
      const handler = createHandler(createBackstory(pool), {
        authorize: () => ({ can: ['read'] }),
        ...options,
      })
      const response = await handler(
        new Request('http://localhost/type/states?elementType=many&at=2099-01-01', { headers: ndjson }),
      )
      const whenFree = async () => {
        while (pool.idleCount < pool.totalCount) await new Promise((resolve) => setTimeout(resolve, 1))
        await pool.end()
      }
      return { response, whenFree }
    }

    test('need no second connection while they have one, narrowed or not', async () => {
      for (const sight of [undefined, { elementTypes: ['many'], withhold: { many: ['body'] } }]) {
        const authorize = () => ({ can: ['read'] as const, ...(sight === undefined ? {} : { sight }) })
        const { response, whenFree } = await openStream({ authorize }, 1)
        expect((await response.text()).split('\n').length).toBe(5001)
        await whenFree()
      }
    })

    test('give the connection back when their reader leaves, and nothing has failed', async () => {
      const failures: unknown[] = []
      const { response, whenFree } = await openStream({ onFailure: (failure) => failures.push(failure) })
      const reader = response.body?.getReader()
      await reader?.read()
      await reader?.cancel()
      await whenFree()
      expect(failures).toEqual([])
    })

    test('break off, and give the connection back, when their reader does not come for the rest', async () => {
      const failures: unknown[] = []
      const { response, whenFree } = await openStream({
        streamMs: 50,
        onFailure: (failure) => failures.push(failure),
      })
      await whenFree()
      expect(failures).toMatchObject([{ path: '/type/states', error: expect.any(Error) }])
      await expect(response.text()).rejects.toThrow('broke off')
    })
  })
})
