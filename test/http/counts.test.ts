import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBackstory } from '../../src/index.ts'
import { createHandler } from '../../src/http.ts'
import { openPostgres } from '../support/database.ts'
import { createClient } from '../support/http-client.ts'

let db: Awaited<ReturnType<typeof openPostgres>>
const get = (path: string) =>
  createClient(createHandler(createBackstory(db.database), { authorize: () => ({ can: ['read'] }) })).get(
    path,
  )

beforeAll(async () => {
  db = await openPostgres()
  // as capture would write them
  await db.run(`
    insert into audit_logs (element_type, element_id, user_id, action)
    select 'many', n::text, 'user ' || n, 'insert' from generate_series(1, 10001) n;
    insert into audit_logs (element_type, element_id, user_id, action)
    select 'few', n::text, 'user 7', 'update' from generate_series(1, 3) n`)
})
afterAll(() => db.close())

test('facets of more combinations than are held in memory are the same', async () => {
  const { body } = await get('/facets?top=2')
  expect(body).toMatchObject({
    userId: [{ value: 'user 7', count: 4 }, { count: 1 }],
    action: [
      { value: 'insert', count: 10_001 },
      { value: 'update', count: 3 },
    ],
    elementType: [{ value: 'many' }, { value: 'few', count: 3 }],
    scope: [{ value: null, count: 10_004 }],
  })
})

test('an activity of more counts than anybody reads is refused, and says what to do', async () => {
  const { status, body } = await get('/activity?by=userId')
  expect({ status, errors: body['errors'] }).toMatchObject({
    status: 400,
    errors: [{ pointer: '?by', code: 'too_many', message: expect.stringContaining('count by less') }],
  })
  expect((await get('/activity?by=userId&userId=user%207')).body['counts']).toEqual([
    { userId: 'user 7', count: 4 },
  ])
})
