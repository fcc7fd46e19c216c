import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { Handler } from '../handler.ts'

/** A request of Node, with what frameworks add to it. */
export interface NodeRequest extends IncomingMessage {
  /** The address before a framework took the path of a mount away. */
  readonly originalUrl?: string
  readonly baseUrl?: string
  /** What a body parser made of the body. */
  readonly body?: unknown
}

/** Answers a request of Node by a handler that is mounted at `basePath`. */
export async function exchange(
  handler: Handler,
  request: NodeRequest,
  response: ServerResponse,
  basePath: string,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => {
    gone.abort()
  })
  const asked = readRequest(request, gone.signal)
  if (asked === null) {
    response.statusCode = 400
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.end('This is no request for an address of the web.\n')
    return
  }
  const answer = await handler.at(basePath)(asked)
  // somebody else, such as a time limit of the application, has answered meanwhile
  if (response.headersSent) {
    await answer.body?.cancel()
    return
  }
  // headers of middleware that ran before, such as CORS, stay
  response.statusCode = answer.status
  for (const [name, value] of answer.headers) {
    if (name === 'set-cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  if (answer.body === null) {
    response.end()
    return
  }
  response.flushHeaders()
  try {
    await pipeline(answer.body, response)
  } catch {
    // the caller has gone, or the answer broke off and was reported: either way there is nobody to tell
    response.destroy()
  }
}

/** The path that a framework took away in front of `url`; none: the empty text. */
export function basePathOf({ baseUrl, originalUrl, url = '' }: NodeRequest): string {
  if (typeof baseUrl === 'string') return baseUrl
  return originalUrl?.endsWith(url) === true ? originalUrl.slice(0, originalUrl.length - url.length) : ''
}

// TRACE, `OPTIONS *` and the like are no requests of the web
function readRequest(request: NodeRequest, signal: AbortSignal): Request | null {
  try {
    return toRequest(request, signal)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

function toRequest(request: NodeRequest, signal: AbortSignal): Request {
  const { method = 'GET', headers, originalUrl, url = '/' } = request
  const protocol = 'encrypted' in request.socket && request.socket.encrypted === true ? 'https' : 'http'
  const address = originalUrl ?? url
  const target = new URL(address.startsWith('/') ? `${protocol}://localhost${address}` : address)
  const sent = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) continue
    for (const one of [value].flat()) sent.append(name, one)
  }
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(request)
  return new Request(target, {
    method,
    headers: sent,
    signal,
    ...(body === undefined ? {} : { body, duplex: 'half' }),
  })
}

// after express.json() the stream is empty, and what it held is in `body`
function bodyOf(request: NodeRequest): RequestBody | undefined {
  if (!request.readableDidRead) return toWebStream(request)
  const { body } = request
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}

function toWebStream(request: NodeRequest): RequestBody {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's type of the same class
  return Readable.toWeb(request) as RequestBody
}

type RequestBody = NonNullable<ConstructorParameters<typeof Request>[1]>['body']
