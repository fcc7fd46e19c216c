import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Handler } from '../handler.ts'
import { exchange } from './node-exchange.ts'
import { toContext, type RequestContextOptions } from './request-context.ts'
import { actingAs } from '../../context/context.ts'

/**
 * Mounts the API into a server of `node:http`.
 *
 * @param basePath where it is, if the server has other addresses too: `/audit`
 * @example createServer(mount(handler)).listen(3000)
 */
export function mount(
  handler: Handler,
  { basePath = '' }: { readonly basePath?: string } = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void exchange(handler, request, response, basePath)
  }
}

/**
 * Makes a listener of `node:http` whose writes are recorded with the actor and the circumstances of the request.
 *
 * @example createServer(actingAsRequest({ actor: findUser })(listener))
 */
export function actingAsRequest(
  options: RequestContextOptions<IncomingMessage>,
): <Value>(
  listener: (request: IncomingMessage, response: ServerResponse) => Value,
) => (request: IncomingMessage, response: ServerResponse) => Promise<Value> {
  return (listener) => async (request, response) => {
    const context = await toContext(options, request, {
      header: (name) => headerOf(request, name),
      method: request.method,
      path: request.url,
      ip: request.socket.remoteAddress,
    })
    return actingAs(context, () => listener(request, response))
  }
}

/** One header of a request of Node. */
export function headerOf({ headers }: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}
