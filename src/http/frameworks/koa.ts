import type { IncomingMessage, ServerResponse } from 'node:http'

import { actingAs } from '../../context/context.ts'
import type { Handler } from '../handler.ts'
import { exchange } from './node-exchange.ts'
import { headerOf } from './node.ts'
import { createContextReader, type RequestContextOptions } from './request-context.ts'

/** What is asked of the context of Koa. */
export interface KoaLikeContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly path: string
  readonly ip: string
  respond?: boolean | undefined
  readonly request: object
}

/**
 * Mounts the API into Koa at a path, before or after a body parser.
 *
 * @example app.use(mount('/audit', handler))
 */
export function mount(
  basePath: string,
  handler: Handler,
): (context: KoaLikeContext, next: () => Promise<unknown>) => Promise<void> {
  return async (context, next) => {
    if (!`${context.path}/`.startsWith(`${basePath}/`)) {
      await next()
      return
    }
    context.respond = false
    const { req, res, request } = context
    const parsed = 'body' in request ? { body: request.body } : {}
    await exchange(handler, Object.assign(req, parsed), res, basePath)
  }
}

/**
 * Middleware that records what a request writes with its actor and circumstances.
 *
 * @example app.use(actingAsRequest({ actor: (context) => ({ userId: context.state.user?.id }) }))
 */
export function actingAsRequest<KoaContext extends KoaLikeContext = KoaLikeContext>(
  options: RequestContextOptions<KoaContext>,
): (context: KoaContext, next: () => Promise<unknown>) => Promise<void> {
  const readContext = createContextReader(options)
  return async (context, next) => {
    const made = await readContext(context, {
      header: (name) => headerOf(context.req, name),
      method: context.req.method,
      path: context.path,
      ip: context.ip,
    })
    await actingAs(made, next)
  }
}
