import fastify from 'fastify'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'

import { mount as mountIntoFastify } from '../../../src/fastify.ts'
import { mount as mountIntoHono } from '../../../src/hono.ts'
import type { Handler } from '../../../src/http.ts'

// says where it takes itself to be mounted
const answerAt = (basePath: string) => async () => new Response(basePath)
const handler: Handler = Object.assign(answerAt(''), { at: answerAt })

test('Fastify mounts it below a path with parameters', async () => {
  const app = fastify()
  await app.register(mountIntoFastify(handler), { prefix: '/of/:tenant/audit' })
  onTestFinished(() => app.close())
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${origin}/of/north%20sea/audit/entries?limit=2`)
  expect(await response.text()).toBe('/of/north%20sea/audit')
})

test('Hono mounts it below a path with parameters', async () => {
  const app = new Hono()
  app.all('/of/:tenant/audit/*', mountIntoHono(handler))
  const response = await app.request('/of/north%20sea/audit/entries?limit=2')
  expect(await response.text()).toBe('/of/north%20sea/audit')
})
