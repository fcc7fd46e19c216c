import { afterAll, beforeAll, expect, test } from 'vitest'

import { createHandler, type Grant } from '../../src/http.ts'
import { createBackstory } from '../../src/index.ts'
import { openPostgres } from '../support/database.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
beforeAll(async () => {
  db = await openPostgres()
})
afterAll(() => db.close())

test.each([
  'https://docs.example.com',
  ['https://docs.example.com/'],
  ['https://docs.example.com/path'],
  ['docs.example.com'],
  [undefined],
])('trusted origins %j are refused: they would match nothing, or too much', (trustedOrigins) => {
  expect(() => createHandler(createBackstory(db.database), Object({ trustedOrigins }))).toThrow(
    expect.objectContaining({ code: 'invalid_option' }),
  )
})

test.each([{ sight: undefined }, { sight: { scopes: undefined } }, { sight: { withhold: undefined } }])(
  'a grant of %j fails, since it would show everything',
  async (given) => {
    const grant: Grant = Object({ can: ['read'], ...given })
    const handle = createHandler(createBackstory(db.database), {
      authorize: () => grant,
      onFailure: () => undefined,
    })
    expect((await handle(new Request('http://localhost/entries'))).status).toBe(500)
  },
)

test('no answer is taken by a browser for what it does not say that it is', async () => {
  const handle = createHandler(createBackstory(db.database), {
    authorize: () => ({ can: ['read', 'export'] }),
  })
  for (const path of ['/entries', '/export', '/nothing', '/openapi.json']) {
    const response = await handle(new Request(`http://localhost${path}`))
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    await response.body?.cancel()
  }
})

test('a response that the hook gives each time is answered each time, and one that is none fails', async () => {
  const signIn = new Response('sign in', { status: 401, headers: { 'www-authenticate': 'Basic' } })
  const failures: unknown[] = []
  const answerOf = async (given: Response) => {
    const handle = createHandler(createBackstory(db.database), {
      authorize: () => given,
      onFailure: (failure) => failures.push(failure),
    })
    const response = await handle(new Request('http://localhost/entries'))
    return { status: response.status, text: await response.text() }
  }
  for (let times = 0; times < 3; times++) {
    expect(await answerOf(signIn)).toEqual({ status: 401, text: 'sign in' })
  }
  expect(failures).toEqual([])
  expect((await answerOf(Response.error())).status).toBe(500)
  expect(failures).toHaveLength(1)
})

test.each([['pollMs'], ['heartbeatMs'], ['streamMs']])(
  '%s that no timer can keep is refused, since it would ring at once',
  (name) => {
    expect(() => createHandler(createBackstory(db.database), Object({ [name]: 2 ** 31 }))).toThrow(/24 days/)
  },
)

test('an export is not taken for a page of another site, which would only leave its record', async () => {
  const handle = createHandler(createBackstory(db.database), { authorize: () => ({ can: ['export'] }) })
  const statusOf = async (site: string) => {
    const headers = { 'sec-fetch-site': site }
    const response = await handle(new Request('http://localhost/export', { headers }))
    await response.body?.cancel()
    return response.status
  }
  expect(await statusOf('cross-site')).toBe(403)
  for (const site of ['same-site', 'same-origin', 'none']) expect(await statusOf(site)).toBe(200)
})
