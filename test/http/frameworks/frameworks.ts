import { createServer } from 'node:http'

import { bodyParser } from '@koa/bodyparser'
import { Controller, Module, Post, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
// oxlint-disable-next-line import/no-unassigned-import -- that is how it is used
import 'reflect-metadata'

import * as forExpress from '../../../src/express.ts'
import * as forFastify from '../../../src/fastify.ts'
import * as forHono from '../../../src/hono.ts'
import * as forKoa from '../../../src/koa.ts'
import * as forNest from '../../../src/nest.ts'
import * as forNode from '../../../src/node.ts'
import { listening, userOf, type Framework, type FrameworkParts } from './framework.ts'
import { builtNextServer, nextServer } from './next-server.ts'

const nodeHttp: Framework = {
  name: 'node:http',
  start: ({ handler, write, trace }) => {
    const api = forNode.mount(handler, { basePath: '/audit' })
    const acting = forNode.actingAsRequest({
      actor: ({ headers }) => userOf(headers['x-user']),
      ip: true,
      trace,
    })
    const writing = acting(async (_request, response) => {
      await write()
      response.end()
    })
    return listening(
      createServer((request, response) => {
        if (request.url?.startsWith('/audit') === true) api(request, response)
        else void writing(request, response)
      }),
    )
  },
}

function startExpress({ handler, write, trace }: FrameworkParts, parsesBodies: boolean) {
  const app = express()
  app.set('trust proxy', 1)
  if (parsesBodies) app.use(express.json())
  app.use('/audit', forExpress.mount(handler))
  app.use(forExpress.actingAsRequest({ actor: ({ headers }) => userOf(headers['x-user']), ip: true, trace }))
  app.post('/write', express.json(), async (_request, response) => {
    await write()
    response.end()
  })
  return listening(createServer(app))
}

const expressPlain: Framework = { name: 'Express', start: (parts) => startExpress(parts, false) }
const expressParsed: Framework = {
  name: 'Express after express.json()',
  parsesBodies: true,
  start: (parts) => startExpress(parts, true),
}

const fastifyApp: Framework = {
  name: 'Fastify',
  start: async ({ handler, write, trace }) => {
    const app = fastify({ trustProxy: true })
    await app.register(forFastify.mount(handler), { prefix: '/audit' })
    await app.register(
      forFastify.actingAsRequest({ actor: ({ raw }) => userOf(raw.headers['x-user']), ip: true, trace }),
    )
    app.post('/write', async () => {
      await write()
      return ''
    })
    await app.ready()
    const running = await listening(app.server)
    return {
      ...running,
      close: async () => {
        app.server.closeAllConnections()
        await app.close()
      },
    }
  },
}

const honoApp: Framework = {
  name: 'Hono',
  start: async ({ handler, write, trace }) => {
    const app = new Hono()
    app.all('/audit/*', forHono.mount(handler))
    app.use(
      forHono.actingAsRequest({
        actor: ({ req }) => userOf(req.header('x-user')),
        ip: ({ req }) => req.header('x-forwarded-for'),
        trace,
      }),
    )
    app.post('/write', async (context) => {
      await write()
      return context.body('')
    })
    const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await new Promise((resolve) => {
      started.once('listening', resolve)
    })
    const address = started.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return {
      port,
      fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init }),
      close: () =>
        new Promise<void>((resolve) => {
          started.close(() => {
            resolve()
          })
          if ('closeAllConnections' in started) started.closeAllConnections()
        }),
    }
  },
}

function startKoa({ handler, write, trace }: FrameworkParts, parsesBodies: boolean) {
  const app = new Koa({ proxy: true })
  if (parsesBodies) app.use(bodyParser())
  app.use(forKoa.mount('/audit', handler))
  app.use(forKoa.actingAsRequest({ actor: ({ req }) => userOf(req.headers['x-user']), ip: true, trace }))
  app.use(async (context) => {
    await write()
    context.body = ''
    context.status = 200
  })
  return listening(createServer((request, response) => void app.callback()(request, response)))
}

const koaPlain: Framework = { name: 'Koa', start: (parts) => startKoa(parts, false) }
const koaParsed: Framework = {
  name: 'Koa after a body parser',
  parsesBodies: true,
  start: (parts) => startKoa(parts, true),
}

// decorators by hand: the tests are compiled with erasable syntax alone
function controllerOf(write: () => Promise<void>): Type {
  class WriteController {
    async write(): Promise<string> {
      await write()
      return ''
    }
  }
  Controller()(WriteController)
  const descriptor = Object.getOwnPropertyDescriptor(WriteController.prototype, 'write')
  if (descriptor !== undefined) Post('write')(WriteController.prototype, 'write', descriptor)
  return WriteController
}

const nestApp: Framework = {
  name: 'NestJS',
  start: async ({ handler, write, trace }) => {
    // oxlint-disable-next-line typescript/no-extraneous-class -- that is what a module of NestJS is
    class AppModule {}
    Module({ controllers: [controllerOf(write)] })(AppModule)
    const app = await NestFactory.create(AppModule, { logger: false })
    app.getHttpAdapter().getInstance().set('trust proxy', 1)
    app.use('/audit', forNest.mount(handler))
    app.use(forNest.actingAsRequest({ actor: ({ headers }) => userOf(headers['x-user']), ip: true, trace }))
    await app.init()
    const running = await listening(app.getHttpServer())
    return {
      ...running,
      close: async () => {
        await running.close()
        await app.close()
      },
    }
  },
}

const nestOnFastify: Framework = {
  name: 'NestJS on Fastify',
  start: async ({ handler, write, trace }) => {
    // oxlint-disable-next-line typescript/no-extraneous-class -- that is what a module of NestJS is
    class AppModule {}
    Module({ controllers: [controllerOf(write)] })(AppModule)
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule,
      new FastifyAdapter({ trustProxy: true }),
      { logger: false },
    )
    await app.register(forFastify.mount(handler), { prefix: '/audit' })
    await app.register(
      forFastify.actingAsRequest({ actor: ({ raw }) => userOf(raw.headers['x-user']), ip: true, trace }),
    )
    await app.listen(0, '127.0.0.1')
    const { hostname, port } = new URL(await app.getUrl())
    return {
      port: Number(port),
      fetch: (path, init) => fetch(`http://${hostname}:${port}${path}`, { redirect: 'manual', ...init }),
      close: async () => {
        app.getHttpServer().closeAllConnections()
        await app.close()
      },
    }
  },
}

/** Every framework that the API is mounted into, and that has middleware for the context of a request. */
export const frameworks: readonly Framework[] = [
  nodeHttp,
  expressPlain,
  expressParsed,
  fastifyApp,
  honoApp,
  koaPlain,
  koaParsed,
  nestApp,
  nestOnFastify,
  nextServer,
  builtNextServer,
]
