import type { ServerResponse } from 'node:http'

import { actingAs } from '../../context/context.ts'
import type { Handler } from '../handler.ts'
import { basePathOf, exchange, type NodeRequest } from './node-exchange.ts'
import { headerOf } from './node.ts'
import { createContextReader, type RequestContextOptions } from './request-context.ts'

/**
 * Mounts the API into Express, before or after a body parser.
 *
 * @example app.use('/audit', mount(handler))
 */
export function mount(handler: Handler): (request: NodeRequest, response: ServerResponse) => void {
  return (request, response) => {
    void exchange(handler, request, response, basePathOf(request))
  }
}

/**
 * Middleware that records what a request writes with its actor and circumstances. Use it after whatever finds out who the
 * user is.
 *
 * @example app.use(actingAsRequest({ actor: (request) => ({ userId: request.user?.id }) }))
 */
export function actingAsRequest<ExpressRequest extends NodeRequest = NodeRequest>(
  options: RequestContextOptions<ExpressRequest>,
): (request: ExpressRequest, response: unknown, next: (error?: unknown) => void) => void {
  const readContext = createContextReader(options)
  return (request, _response, next) => {
    const context = readContext(request, {
      header: (name) => headerOf(request, name),
      method: request.method,
      path: request.originalUrl ?? request.url,
      ip: 'ip' in request && typeof request.ip === 'string' ? request.ip : request.socket.remoteAddress,
    })
    context.then((made) => {
      actingAs(made, () => {
        next()
      })
    }, next)
  }
}
