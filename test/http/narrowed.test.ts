import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory, type Sight } from '../../src/index.ts'
import { createHandler, issueViewerToken, routes, type Grant, type Handler } from '../../src/http.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { createClient, type TestAnswer, type TestClient } from '../support/http-client.ts'

const tokenKey = 'a key of viewer tokens for the tests'

const hidden = {
  redacted: 'zebra-redacted',
  withheld: 'yak-withheld',
  otherWorld: 'xenon-other-world',
  otherTable: 'walrus-other-table',
  otherActor: 'vole-other-actor',
}

/** What each caller may not see, and what must be in none of his answers. */
const callers: readonly (readonly [name: string, sight: Sight | undefined, never: readonly string[]])[] = [
  ['everything', undefined, [hidden.redacted]],
  ['no plans', { withhold: { people: ['plans'] } }, [hidden.redacted, hidden.withheld, 'plans']],
  ['one world', { scopes: ['1'] }, [hidden.redacted, hidden.otherWorld]],
  ['one table', { elementTypes: ['people'] }, [hidden.redacted, hidden.otherTable]],
  // an entry shows what it replaced, whoever had set that
  ['one actor', { userIds: ['ada'] }, [hidden.redacted, `${hidden.withheld} again`, '"bo"']],
  [
    'one element',
    { elements: [{ elementType: 'people', elementId: '2' }] },
    [hidden.redacted, hidden.withheld, hidden.otherTable, hidden.otherActor, 'Sparrowhawk', 'Ogion'],
  ],
  [
    'all of these',
    { withhold: { people: ['plans'] }, scopes: ['1'], elementTypes: ['people'] },
    [hidden.redacted, hidden.withheld, 'plans', hidden.otherWorld, hidden.otherTable],
  ],
]

describe('a narrowed caller', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let ids: readonly string[] = []
  let transactionIds: readonly string[] = []
  const grantOf = (sight: Sight | undefined): Grant => ({
    can: ['read', 'watch', 'export', 'restore', 'undo', 'label', 'forget'],
    ...(sight === undefined ? {} : { sight }),
  })
  const handlerOf = (grant: Grant): Handler =>
    createHandler(createBackstory(db.database), {
      authorize: () => grant,
      tokenKeys: [tokenKey],
      writes: true,
      pollMs: 20,
      streamMs: 300,
      onFailure: ({ error }) => {
        throw error
      },
    })
  const clientOf = (sight: Sight | undefined): TestClient => createClient(handlerOf(grantOf(sight)))
  /** Of somebody who would see everything, and brings a token of less. */
  const tokenClientOf = (sight: Sight | undefined): TestClient => {
    const handle = handlerOf(grantOf(undefined))
    const headers = { authorization: `Bearer ${issueViewerToken(grantOf(sight), { key: tokenKey })}` }
    return createClient(handle, headers)
  }

  beforeAll(async () => {
    db = await openPostgres()
    const pool = audited(db.database)
    const backstory = createBackstory(pool)
    await pool.query(`
      create table people (id integer primary key, world integer, name text, plans text, code text);
      create table relics (id integer primary key, world integer, name text)`)
    await backstory.track('people', { scope: 'world', label: 'name', redact: ['code'] })
    await backstory.track('relics', { scope: 'world', label: 'name' })
    const as = (userId: string, text: string) =>
      actingAs({ userId }, async () => {
        await pool.query(text)
      })
    await as('ada', `insert into people values (1, 1, 'Ged', '${hidden.withheld}', '${hidden.redacted}')`)
    await as('ada', `insert into people values (2, 2, '${hidden.otherWorld}', null, null)`)
    await as('ada', `insert into relics values (1, 1, '${hidden.otherTable}')`)
    await as('bo', `update people set plans = '${hidden.withheld} again' where id = 1`)
    await as('bo', `update people set name = '${hidden.otherActor}', plans = 'none', code = 'x' where id = 1`)
    await as('ada', `update people set name = 'Sparrowhawk' where id = 1`)
    await as('ada', `insert into people values (3, 1, 'Ogion', '${hidden.withheld}', null)`)
    await as('ada', `delete from people where id = 3`)
    const { entries } = await backstory.entries({ order: 'oldest', limit: 100 })
    ids = entries.map(({ id }) => id)
    transactionIds = entries.map(({ transactionId }) => transactionId)
    for (const entry of entries) {
      await backstory
        .narrowed()
        .element(entry.elementType, entry.elementId)
        .nameVersion(entry, `v${entry.id}`)
    }
  })
  afterAll(() => db.close())

  /** Everything that every route answers about everything there is. */
  async function answersOf(client: TestClient): Promise<readonly (readonly [string, TestAnswer])[]> {
    const elements = [
      ...['1', '2', '3', '9', 'abc'].map((elementId) => ({ elementType: 'people', elementId })),
      { elementType: 'relics', elementId: '1' },
      { elementType: 'nothing', elementId: '1' },
    ]
    const everyElement = elements.map(
      ({ elementType, elementId }) => `elementType=${elementType}&elementId=${elementId}`,
    )
    const get = [
      '/me',
      '/entries?include=changes&include=label',
      '/entries?limit=1&order=oldest',
      ...Object.values(hidden).map((text) => `/entries?text=${text}&include=changes`),
      ...Object.values(hidden).map((text) => `/entries/count?q="${text}"`),
      '/entries?q=changed:plans&include=changes',
      '/entries?q=type:people changed:plans action:update&include=changes',
      '/entries/count',
      '/deleted?include=changes&include=label',
      '/facets?since=2000-01-01',
      '/activity?by=userId&by=elementType&by=scope&since=2000-01-01',
      '/watch?from=beginning&include=changes&include=label',
      '/export?format=csv',
      '/export?format=ndjson',
      ...ids.map((id) => `/entries/${id}`),
      ...transactionIds.map((id) => `/transactions/${id}?include=changes&include=label`),
      ...everyElement.flatMap((element) => [
        `/element?${element}`,
        `/element/state?${element}`,
        `/element/blame?${element}`,
        `/element/diff?${element}&from=${new Date().toISOString()}`,
        `/element/field?${element}&path=plans`,
        `/element/field?${element}&path=name`,
        `/versions?${element}`,
        ...ids
          .slice(0, 4)
          .flatMap((id) => [
            `/element/state?${element}&entry=${id}`,
            `/element/diff?${element}&fromEntry=${id}`,
            `/element/blame?${element}&entry=${id}`,
          ]),
      ]),
    ]
    const now = `at=${new Date().toISOString()}`
    const statesAt = (moment: string) => [
      ...['people', 'relics', 'nothing'].map((type) => `/type/states?elementType=${type}&${moment}`),
      `/type/states?elementType=people&scope=2&${moment}`,
      `/type/states?elementType=people&elementId=2&elementId=1&${moment}`,
      ...['1', '2', '9'].map((scope) => `/scope/states?scope=${scope}&${moment}`),
    ]
    const states = [
      now,
      'at=2000-01-01&unknown=mark',
      ...ids.slice(2, 6).map((id) => `entry=${id}&unknown=mark`),
      ...transactionIds.slice(1, 4).map((id) => `transactionId=${id}`),
    ].flatMap(statesAt)
    const post: (readonly [string, object])[] = [
      ...ids.map((entryId) => ['/undo/preview', { entryId }] as const),
      ...ids.map((entryId) => ['/undo/preview', { entryId, conflicts: 'force' }] as const),
      ...transactionIds.map((transactionId) => ['/undo/preview', { transactionId }] as const),
      ['/undo/preview', { userId: 'bo', since: '2000-01-01', conflicts: 'skip' }],
      ...elements.flatMap((element) => [
        ['/element/restore/preview', element] as const,
        ['/versions', { ...element, name: 'v1', entryId: '999' }] as const,
        ...ids.slice(0, 4).map((entry) => ['/element/restore/preview', { ...element, entry }] as const),
      ]),
    ]
    const answers: [string, TestAnswer][] = []
    for (const path of [...get, ...states]) answers.push([path, await client.get(path)])
    for (const path of statesAt(now)) {
      answers.push([`${path}&ndjson`, await client.get(path, { accept: 'application/x-ndjson' })])
    }
    for (const [path, body] of post) {
      answers.push([`${path} ${JSON.stringify(body)}`, await client.post(path, body)])
    }
    return answers
  }

  const answered = new Map<string, ReturnType<typeof answersOf>>()
  /** What a caller of these is answered, asked once. */
  const answersTo = (name: string, sight: Sight | undefined): ReturnType<typeof answersOf> => {
    const answers = answered.get(name) ?? answersOf(clientOf(sight))
    answered.set(name, answers)
    return answers
  }

  test.each(callers)('who sees %s finds nothing of the rest in any answer', async (name, sight, never) => {
    const answers = await answersTo(name, sight)
    const leaks = answers.flatMap(([path, { text, status }]) =>
      [
        ...never.filter((word) => text.includes(word) && !path.includes(word)),
        ...(status >= 500 ? [status] : []),
      ].map((word) => `${path}: ${word}`),
    )
    expect(leaks).toEqual([])
    const asked = new Set(answers.map(([path]) => path.split(/[? ]/)[0]?.replace(/\d+$/, '{id}')))
    const missing = Object.values(routes)
      .map(({ path }) => path)
      .filter((path) => !asked.has(path) && !['/element/restore', '/undo', '/versions/{id}'].includes(path))
    expect(missing).toEqual([])
  })

  test.each(callers.slice(-2))(
    'who brings a token of %s is answered as the hook would have it',
    async (name, sight) => {
      const plain = (answers: readonly (readonly [string, TestAnswer])[]) =>
        answers
          // what holds the time of the request
          .filter(([path]) => !/^.(?:watch|element.diff)|limit=1|at=\d/.test(path))
          .map(([path, { status, text, headers }]) => [path, status, text, headers.get('etag')])
      expect(plain(await answersOf(tokenClientOf(sight)))).toEqual(plain(await answersTo(name, sight)))
    },
  )

  test('cannot tell what is hidden from what does not exist', async () => {
    const client = clientOf({ withhold: { people: ['plans'] }, scopes: ['1'], elementTypes: ['people'] })
    const same = async (one: string, other: string) => {
      const [first, second] = [await client.get(one), await client.get(other)]
      expect(first.status).toBe(second.status)
      const plain = (text: string) =>
        text.replaceAll(/"?(?:\b2\b|\b99\b|relics|nothing)"?/g, '_').replaceAll(/"(?:etag|id)":"[^"]*"/g, '')
      expect(plain(first.text)).toBe(plain(second.text))
    }
    const [, otherWorld = '', otherTable = '', withheldAlone = ''] = ids
    for (const id of [otherWorld, otherTable, withheldAlone]) {
      const absent = await client.get('/entries/999999')
      const found = await client.get(`/entries/${id}`)
      expect(found.status).toBe(404)
      expect(found.text.replace(`entry ${id}.`, '')).toBe(absent.text.replace('entry 999999.', ''))
    }
    for (const route of ['/element', '/element/state', '/element/blame', '/versions']) {
      await same(`${route}?elementType=people&elementId=2`, `${route}?elementType=people&elementId=99`)
      await same(`${route}?elementType=relics&elementId=2`, `${route}?elementType=nothing&elementId=2`)
      await same(
        `${route}?elementType=people&elementId=2&`.slice(0, -1),
        `${route}?elementType=people&elementId=99`,
      )
    }
    for (const body of [{}, { at: new Date().toISOString() }, { at: '2000-01-01' }, { entry: otherWorld }]) {
      const asked = (elementId: string) =>
        client.post('/element/restore/preview', { elementType: 'people', elementId, ...body })
      const [first, second] = [await asked('2'), await asked('99')]
      expect(first.text.replaceAll('people 2', 'people _')).toBe(
        second.text.replaceAll('people 99', 'people _'),
      )
    }
  })

  test('cannot go on with a cursor of another sight', async () => {
    const { body } = await clientOf(undefined).get('/entries?limit=1')
    const cursor = encodeURIComponent(String(body['nextCursor']))
    const answer = await clientOf({ scopes: ['1'] }).get(`/entries?limit=1&cursor=${cursor}`)
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid_cursor' })
  })

  test('writes nothing that he does not see, and is not told what the database says', async () => {
    const client = clientOf({ withhold: { people: ['plans'] }, elementTypes: ['people'] })
    const any = { 'if-match': '*' }
    const [first] = ids
    const done = await client.post(
      '/element/restore',
      { elementType: 'people', elementId: '1', entry: first },
      any,
    )
    expect(done).toMatchObject({ status: 200, body: { changes: [{ fields: ['name'] }] } })
    expect(await db.query('select name, plans from people where id = 1')).toEqual([
      { name: 'Ged', plans: 'none' },
    ])
    const back = await client.post('/element/restore', { elementType: 'people', elementId: '3' }, any)
    expect(back.body).toMatchObject({ status: 403, code: 'not_permitted' })
    await db.query(
      `alter table people add constraint plans_are_${hidden.withheld.split('-')[0]} check (name <> 'Sparrowhawk')`,
    )
    const renamed = ids[5] ?? ''
    const refused = await client.post(
      '/element/restore',
      { elementType: 'people', elementId: '1', entry: renamed },
      any,
    )
    expect(refused.body).toMatchObject({ status: 409, code: 'undo_refused' })
    expect(refused.text).not.toContain('yak')
  })
})
