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
