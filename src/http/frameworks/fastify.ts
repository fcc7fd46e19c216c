import type { IncomingMessage, ServerResponse } from 'node:http'

import { actingAs } from '../../context/context.ts'
import type { Handler } from '../handler.ts'
import { basePathAt } from './base-path.ts'
import { exchange } from './node-exchange.ts'
import { headerOf } from './node.ts'
import { createContextReader, type RequestContextOptions } from './request-context.ts'

/** What is asked of a request of Fastify. */
export interface FastifyLikeRequest {
  readonly raw: IncomingMessage
  readonly ip: string
  readonly routeOptions: { readonly url?: string | undefined }
}

interface FastifyLikeReply {
  readonly raw: ServerResponse
  hijack(): unknown
}

/** What is asked of Fastify where the API is mounted. */
export interface FastifyLikeScope {
  readonly prefix: string
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(
    type: string,
    options: object,
    parser: (request: never, payload: IncomingMessage, done: (error: null, body?: unknown) => void) => void,
  ): unknown
  all(path: string, handler: (request: FastifyLikeRequest, reply: FastifyLikeReply) => void): unknown
}

/**
 * A plugin that mounts the API into Fastify.
 *
 * @example app.register(mount(handler), { prefix: '/audit' })
 */
export function mount(handler: Handler): (app: FastifyLikeScope) => Promise<void> {
  return async (app) => {
    // the handler reads the body itself; what is set here holds for this plugin alone
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', {}, (_request, payload, done) => {
      done(null, payload)
    })
    for (const path of ['/', '/*']) {
      app.all(path, (request, reply) => {
        reply.hijack()
        void exchange(handler, request.raw, reply.raw, basePathAt(app.prefix, request.raw.url ?? ''))
      })
    }
  }
}

/** What is asked of Fastify where requests get their context. */
export interface FastifyLikeApp<FastifyRequest> {
  addHook(
    name: 'preHandler',
    hook: (request: FastifyRequest, reply: never, done: (error?: Error) => void) => void,
  ): unknown
}

/**
 * A plugin by which what a request writes is recorded with its actor and circumstances, from `preHandler` on. Register it
 * after whatever finds out who the user is.
 *
 * @example app.register(actingAsRequest({ actor: (request) => ({ userId: request.user?.id }) }))
 */
export function actingAsRequest<FastifyRequest extends FastifyLikeRequest = FastifyLikeRequest>(
  options: RequestContextOptions<FastifyRequest>,
): (app: FastifyLikeApp<FastifyRequest>) => Promise<void> {
  const readContext = createContextReader(options)
  const plugin = async (app: FastifyLikeApp<FastifyRequest>): Promise<void> => {
    app.addHook('preHandler', (request, _reply, done) => {
      const context = readContext(request, {
        header: (name) => headerOf(request.raw, name),
        method: request.raw.method,
        path: request.raw.url,
        route: request.routeOptions.url,
        ip: request.ip,
      })
      context.then((made) => {
        actingAs(made, () => {
          done()
        })
      }, done)
    })
  }
  // as fastify-plugin does: the hook is for the routes of whoever registers it
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
