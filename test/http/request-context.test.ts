import { createServer } from 'node:http'

import { expect, test } from 'vitest'

import * as forExpress from '../../src/express.ts'
import * as forFastify from '../../src/fastify.ts'
import * as forHono from '../../src/hono.ts'
import * as forKoa from '../../src/koa.ts'
import * as forNest from '../../src/nest.ts'
import * as forNext from '../../src/next.ts'
import * as forNode from '../../src/node.ts'
import { listening } from './frameworks/framework.ts'

test.each(Object.entries({ forExpress, forFastify, forHono, forKoa, forNest, forNext, forNode }))(
  '%s: an option that is misspelt or of the wrong kind fails where it is given',
  (_name, { actingAsRequest }) => {
    const acting: (options: object) => unknown = actingAsRequest
    expect(() => acting({ actr: () => ({}) })).toThrow(/knows actor, ip and trace, not "actr"/)
    expect(() => acting({ actor: { userId: 'ada' } })).toThrow(/actor must be a function/)
    expect(() => acting({ ip: 'yes' })).toThrow(/ip must be/)
  },
)

test('node:http: the application says how a hook that fails is answered', async () => {
  let isCalled = false
  const acting = forNode.actingAsRequest({
    actor: () => Promise.reject(new Error('out of reach')),
    onError: (error, request, response) => {
      response.statusCode = 503
      response.end(`${request.url}: ${String(error)}`)
    },
  })
  const listener = acting(() => {
    isCalled = true
  })
  const running = await listening(createServer((request, response) => void listener(request, response)))
  const response = await running.fetch('/write')
  expect([response.status, await response.text()]).toEqual([503, '/write: Error: out of reach'])
  expect(isCalled).toBe(false)
  await running.close()
})
