import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Handler } from '../handler.ts'
import { exchange } from './node-exchange.ts'
import { createContextReader, type RequestContextOptions } from './request-context.ts'
import { actingAs, type Context } from '../../context/context.ts'

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

/** How the context of a request of `node:http` is made. */
export interface NodeContextOptions extends RequestContextOptions<IncomingMessage> {
  /**
   * Answers where a hook fails, since `node:http` knows no rules for that; the listener is not called. Default: a 500 without
   * details, and the error in `console.error`.
   */
  readonly onError?: (error: unknown, request: IncomingMessage, response: ServerResponse) => void
}

/**
 * Makes a listener of `node:http` whose writes are recorded with the actor and the circumstances of the request. What the
 * listener throws or rejects with is left to it, as without.
 *
 * @throws BackstoryError `invalid_option`
 * @example createServer(actingAsRequest({ actor: findUser })(listener))
 */
export function actingAsRequest(
  options: NodeContextOptions,
): <Value>(
  listener: (request: IncomingMessage, response: ServerResponse) => Value,
) => (request: IncomingMessage, response: ServerResponse) => Promise<Value | undefined> {
  const { onError = answerFailure, ...others } = options
  const readContext = createContextReader(others)
  return (listener) => async (request, response) => {
    let context: Context
    try {
      context = await readContext(request, {
        header: (name) => headerOf(request, name),
        method: request.method,
        path: request.url,
        ip: request.socket.remoteAddress,
      })
    } catch (error) {
      onError(error, request, response)
      return undefined
    }
    return actingAs(context, () => listener(request, response))
  }
}

function answerFailure(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  console.error('backstory: the context of a request could not be made.', error)
  response.statusCode = 500
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end('Something went wrong on the server.\n')
}

/** One header of a request of Node. */
export function headerOf({ headers }: Pick<IncomingMessage, 'headers'>, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}
