import { createServer } from 'node:http'

import { expect, onTestFinished, test } from 'vitest'

import type { Handler } from '../../../src/http.ts'
import { mount } from '../../../src/node.ts'
import { listening } from './framework.ts'

/** A handler that answers when it is let. */
function handlerOf(answer: () => Promise<Response>): Handler {
  return Object.assign(answer, { at: () => answer })
}

test('an answer that comes after the application has answered is dropped', async () => {
  const late = Promise.withResolvers<void>()
  const cancelled = Promise.withResolvers<void>()
  const mounted = mount(
    handlerOf(async () => {
      await late.promise
      return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }))
    }),
  )
  const rejections: unknown[] = []
  const note = (error: unknown) => rejections.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const server = await listening(
    createServer((request, response) => {
      mounted(request, response)
      response.writeHead(503).end('too late')
    }),
  )
  onTestFinished(() => server.close())
  const response = await server.fetch('/entries')
  expect({ status: response.status, text: await response.text() }).toEqual({ status: 503, text: 'too late' })
  late.resolve()
  await cancelled.promise
  await new Promise((resolve) => setImmediate(resolve))
  expect(rejections).toEqual([])
})

test('every cookie of an answer is set', async () => {
  const headers = new Headers([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ])
  const server = await listening(createServer(mount(handlerOf(async () => new Response(null, { headers })))))
  onTestFinished(() => server.close())
  expect((await server.fetch('/me')).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
})
