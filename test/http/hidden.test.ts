import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { actingAs, createBackstory, type Sight } from '../../src/index.ts'
import { createHandler } from '../../src/http.ts'
import { audited } from '../../src/pg.ts'
import { openPostgres } from '../support/database.ts'
import { createClient, type TestAnswer, type TestClient } from '../support/http-client.ts'

/** Something that is asked for by its names: what is hidden, or what was never there. */
interface Subject {
  /** A scope in which it is, and nothing that is seen. */
  readonly scope: string
  readonly elementType: string
  readonly elementId: string
  readonly entryId: string
  readonly transactionId: string
  readonly versionId: string
  readonly userId: string
  readonly path: string
}

const absent = {
  scope: '397',
  elementId: '598',
  entryId: '7999998',
  transactionId: '99999998',
  versionId: '8999998',
  userId: 'nobody',
} as const

let statements = 0

/** A connection that counts what is asked over it. */
class CountingClient extends pg.Client {
  override query = (...given: readonly unknown[]) => {
    // which server is at its other end, a connection asks once, whatever it is asked
    if (!JSON.stringify(given[0]).includes('pg_backend_pid()')) statements++
    // oxlint-disable-next-line typescript/unbound-method -- bound by the call
    return Reflect.apply(pg.Client.prototype.query, this, given)
  }
}

describe('what a narrowed caller does not see is answered as what does not exist', () => {
  let db: Awaited<ReturnType<typeof openPostgres>>
  let counted: pg.Pool
  const found = new Map<string, Subject>()
  const clientOf = (sight: Sight): TestClient =>
    createClient(
      createHandler(createBackstory(counted), {
        authorize: () => ({
          can: ['read', 'restore', 'undo', 'label', 'forget'],
          actor: { userId: 'eve' },
          sight,
        }),
        writes: true,
        onFailure: ({ error }) => {
          throw error
        },
      }),
    )

  beforeAll(async () => {
    db = await openPostgres()
    counted = new pg.Pool({ connectionString: db.url, Client: CountingClient })
    const pool = audited(db.database)
    const backstory = createBackstory(pool)
    await pool.query(`
      create table people (id integer primary key, world integer, name text, plans text);
      create table relics (id integer primary key, world integer, name text)`)
    await backstory.track('people', { scope: 'world', label: 'name' })
    await backstory.track('relics', { scope: 'world', label: 'name' })
    // numbers that are found in answers for what they are
    await pool.query(`
      alter table audit_logs alter column id restart with 7000001;
      alter table backstory.versions alter column id restart with 8000001`)
    const as = async (name: string, text: string) => {
      const userId = `who did ${name}`
      await actingAs({ userId }, () => pool.query(text))
      const [entry] = (await backstory.entries({ limit: 1 })).entries
      if (entry === undefined) throw new Error('an entry')
      const { elementType, elementId, id: entryId, transactionId } = entry
      const version = await backstory
        .narrowed()
        .element(elementType, elementId)
        .nameVersion(entry, `named after ${entryId}`)
      const path = name === 'an update of a withheld column' ? 'plans' : 'name'
      const scope = entry.scope ?? ''
      found.set(name, {
        scope,
        elementType,
        elementId,
        entryId,
        transactionId,
        versionId: version.id,
        userId,
        path,
      })
    }
    await as('what is seen', `insert into people values (501, 301, 'Ged', 'to flee')`)
    await as('an element elsewhere', `insert into people values (502, 302, 'Thar', null)`)
    await as('what came', `insert into people values (503, 303, 'Kossil', null)`)
    await as('a deleted element elsewhere', `delete from people where id = 503`)
    await as('an element of another table', `insert into relics values (504, 304, 'Ring')`)
    await as('an update of a withheld column', `update people set plans = 'to stay' where id = 501`)
    await as('an entry of somebody else', `update people set name = 'Sparrowhawk' where id = 501`)
  })
  afterAll(async () => {
    await counted.end()
    await db.close()
  })

  const requests = ({
    scope,
    elementType,
    elementId,
    entryId,
    transactionId,
    versionId,
    userId,
    path,
  }: Subject): readonly (readonly [method: string, path: string, body?: object])[] => {
    const element = { elementType, elementId }
    const query = new URLSearchParams(element).toString()
    const now = '2099-01-01'
    const past = '2000-01-01'
    const undos = [
      { entryId },
      { entryIds: [entryId] },
      { entryId, conflicts: 'force' },
      { transactionId },
      { userId, since: past },
    ]
    const restores = [
      element,
      { ...element, at: now },
      { ...element, at: past },
      { ...element, entry: entryId },
      { ...element, entry: entryId, columns: ['name'] },
    ]
    return [
      ['GET', `/entries/${entryId}`],
      ['GET', `/transactions/${transactionId}?include=changes&include=label`],
      ['GET', `/entries?${query}&include=changes`],
      ['GET', `/entries/count?${query}`],
      ['GET', `/element?${query}`],
      ['GET', `/element/field?${query}&path=${path}`],
      ['GET', `/element/field?${query}&path=/${path}`],
      ['GET', `/versions?${query}`],
      ...['', `&at=${now}`, `&at=${past}`, `&entry=${entryId}`].flatMap((moment) => [
        ['GET', `/element/state?${query}${moment}`] as const,
        ['GET', `/element/blame?${query}${moment}`] as const,
      ]),
      ...[`at=${now}`, `at=${past}`, `entry=${entryId}`, `transactionId=${transactionId}`].flatMap((moment) =>
        ['', '&unknown=mark'].flatMap((unknown) => [
          ['GET', `/type/states?elementType=${elementType}&${moment}${unknown}`] as const,
          ['GET', `/type/states?${query}&${moment}${unknown}`] as const,
          ['GET', `/type/states?elementType=${elementType}&scope=${scope}&${moment}${unknown}`] as const,
          ['GET', `/scope/states?scope=${scope}&${moment}${unknown}`] as const,
        ]),
      ),
      ['GET', `/element/diff?${query}&from=${now}`],
      ['GET', `/element/diff?${query}&from=${past}`],
      ['GET', `/element/diff?${query}&fromEntry=${entryId}`],
      ['GET', `/element/diff?${query}&from=${now}&toEntry=${entryId}`],
      ['GET', `/element/diff?${query}&fromEntry=${entryId}&toEntry=${entryId}`],
      ...undos.flatMap((body) => [
        ['POST', '/undo/preview', body] as const,
        ['POST', '/undo', body] as const,
      ]),
      ...restores.flatMap((body) => [
        ['POST', '/element/restore/preview', body] as const,
        ['POST', '/element/restore', body] as const,
      ]),
      ['POST', '/versions', { ...element, entryId, name: 'a name' }],
      ['DELETE', `/versions/${versionId}`],
    ]
  }

  /** What can be told by an answer, with the names that were asked for taken out; and how many statements it took. */
  async function observe(client: TestClient, subject: Subject) {
    const observed: object[] = []
    for (const [method, path, body] of requests(subject)) {
      const before = statements
      const answer: TestAnswer = await client.send(method, path, {
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { 'content-type': 'application/json', 'if-match': '*' },
      })
      // what was asked beside what failed is answered, too
      while (counted.idleCount < counted.totalCount) await new Promise((resolve) => setTimeout(resolve, 1))
      const plain = (text: string) =>
        Object.entries(subject).reduce((rest, [name, value]) => {
          // the columns have the names of keys, too
          return name === 'path' && value === 'name' ? rest : rest.replaceAll(value, `<${name}>`)
        }, text)
      const etag = answer.headers.get('etag')
      observed.push({
        asked: plain(`${method} ${path} ${JSON.stringify(body)}`),
        status: answer.status,
        text: plain(answer.text),
        // of a text that holds what was asked for it is another one
        etag: plain(answer.text) === answer.text ? etag : etag?.slice(0, 2),
        caching: answer.headers.get('cache-control'),
        statements: statements - before,
      })
    }
    return observed
  }

  const theSameScope = { scope: '301' }
  const theSame = { elementType: 'people', elementId: '501' }
  test.each([
    ['an element elsewhere', { scopes: ['301'] }, absent],
    ['a deleted element elsewhere', { scopes: ['301'] }, absent],
    ['an element elsewhere', { elements: [theSame] }, absent],
    ['a deleted element elsewhere', { elements: [theSame] }, absent],
    ['an element elsewhere', { scopes: ['301'], withhold: { people: ['plans'] } }, absent],
    ['an element of another table', { elementTypes: ['people'] }, { ...absent, elementType: 'things' }],
    ['an element of another table', { elements: [theSame] }, { ...absent, elementType: 'things' }],
    [
      'an update of a withheld column',
      { withhold: { people: ['plans'] } },
      { ...absent, ...theSameScope, elementId: '501', path: 'missing_column' },
    ],
    [
      'an entry of somebody else',
      { userIds: ['who did what is seen'] },
      { ...absent, ...theSameScope, elementId: '501' },
    ],
  ] as const)('%s, for one who sees %o', async (name, sight, names) => {
    const hidden = found.get(name)
    if (hidden === undefined) throw new Error('a subject')
    const client = clientOf(sight)
    const nothing = { ...hidden, ...names }
    // what is asked of a database once is asked
    await observe(client, nothing)
    expect(await observe(client, hidden)).toEqual(await observe(client, nothing))
  })

  test('a name that is given to what is hidden is free', async () => {
    const [seen, hidden] = [found.get('what is seen'), found.get('an entry of somebody else')]
    if (seen === undefined || hidden === undefined) throw new Error('a subject')
    const client = clientOf({ userIds: ['who did what is seen'] })
    const give = async (name: string) => {
      const before = statements
      const { elementType, elementId } = seen
      const { status } = await client.post('/versions', { elementType, elementId, name })
      return { status, statements: statements - before }
    }
    const free = await give('nobody gave this one')
    expect(free.status).toBe(201)
    expect(await give(`named after ${hidden.entryId}`)).toEqual(free)
    expect((await give(`named after ${seen.entryId}`)).status).toBe(409)
  })

  test('and what is seen is answered otherwise', async () => {
    const seen = found.get('what is seen')
    if (seen === undefined) throw new Error('a subject')
    const client = clientOf({ elements: [theSame] })
    const differing = (await observe(client, { ...seen, versionId: absent.versionId })).length
    expect(differing).toBeGreaterThan(40)
    const [entry, nothing] = [
      await client.get(`/entries/${seen.entryId}`),
      await client.get(`/entries/${absent.entryId}`),
    ]
    expect([entry.status, nothing.status]).toEqual([200, 404])
  })
})
