import type { Handler } from '../../src/http.ts'

/** What came back. */
export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed, where it is JSON; else empty. */
  readonly body: Readonly<Record<string, unknown>>
}

/** Asks a handler, without a server in between. */
export interface TestClient {
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<TestAnswer>
  readonly post: (
    path: string,
    body: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<TestAnswer>
  readonly send: (method: string, path: string, init?: RequestInit) => Promise<TestAnswer>
}

/** A client of a handler, with headers that it sends along each time. */
export function createClient(handler: Handler, always: Readonly<Record<string, string>> = {}): TestClient {
  const send = async (method: string, path: string, init: RequestInit = {}): Promise<TestAnswer> => {
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(always)) headers.set(name, value)
    const response = await handler(new Request(`http://localhost${path}`, { ...init, method, headers }))
    const text = await response.text()
    const isJson =
      /\bjson\b/.test(response.headers.get('content-type') ?? '') &&
      !/ndjson/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : {},
    }
  }
  return {
    send,
    get: (path, headers = {}) => send('GET', path, { headers }),
    post: (path, body, headers = {}) =>
      send('POST', path, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
  }
}
