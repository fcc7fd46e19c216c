import { expect, test } from 'vitest'

import { withToken, type Bearer } from './with-token.ts'

/** An API that takes some tokens alone, and what it was asked. */
function open(bearer: Bearer, taken: () => readonly string[]) {
  const asked: (string | null)[] = []
  const client = withToken(
    {
      baseUrl: '/audit',
      fetch: async (request) => {
        const token = request.headers.get('authorization')
        asked.push(`${token} ${await request.text()}`.trim())
        return new Response(null, { status: taken().some((one) => token === `Bearer ${one}`) ? 200 : 401 })
      },
    },
    bearer,
  )
  const ask = async (body: string | null = null) =>
    (await client.fetch?.(new Request('http://localhost/', { method: 'POST', body })))?.status
  return { asked, ask }
}

test('a token is brought with every request', async () => {
  const { ask, asked } = open({ token: 'a', renew: undefined, isRefused: false }, () => ['a'])
  expect([await ask(), await ask('body')]).toEqual([200, 200])
  expect(asked).toEqual(['Bearer a', 'Bearer a body'])
})

test('one that is not there yet, or not taken any more, is renewed once for all who wait', async () => {
  let count = 0
  let isLive = true
  const bearer: Bearer = { token: undefined, renew: async () => `t${++count}`, isRefused: false }
  const { ask, asked } = open(bearer, () => (isLive ? ['t1', 't2'] : ['t2']))
  expect(await Promise.all([ask('x'), ask('y')])).toEqual([200, 200])
  expect(count).toBe(1)
  isLive = false
  expect(await Promise.all([ask('x'), ask('y'), ask('z')])).toEqual([200, 200, 200])
  expect(count).toBe(2)
  expect(asked.slice(-3).toSorted()).toEqual(['Bearer t2 x', 'Bearer t2 y', 'Bearer t2 z'])
})

test('one that is refused anew is told, and not asked for for ever', async () => {
  let count = 0
  const { ask } = open({ token: undefined, renew: () => `wrong${++count}`, isRefused: false }, () => [])
  expect(await ask()).toBe(401)
  expect(count).toBe(2)
})

test('a host that fails is asked again the next time', async () => {
  let isBroken = true
  const renew = () => (isBroken ? Promise.reject(new Error('no network')) : 'a')
  const { ask } = open({ token: undefined, renew, isRefused: false }, () => ['a'])
  await expect(ask()).rejects.toThrow('no network')
  isBroken = false
  expect(await ask()).toBe(200)
})
