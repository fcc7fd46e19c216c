import { isJsonObject, parseJson, type JsonValue } from '../../../src/core/json.ts'
import type { ViewerClient } from '../embedding.ts'
import { ProblemError, unreachable, type Problem } from './problem.ts'

/** One request. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Sends a request; the answer is one of success. @throws ProblemError, or the signal's reason */
export async function send(client: ViewerClient, request: ApiRequest): Promise<Response> {
  const { method = 'GET', body, headers = {}, signal } = request
  const sent = new Request(urlOf(client, request), {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  let response: Response
  try {
    response = await (client.fetch ?? ((it: Request) => fetch(it)))(sent)
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw unreachable(error)
  }
  if (response.ok) return response
  throw new ProblemError(await readProblem(response))
}

/** Sends a request and reads the JSON of its answer, every number as PostgreSQL wrote it. */
export async function sendForJson(client: ViewerClient, request: ApiRequest): Promise<JsonValue> {
  const response = await send(client, request)
  return parseJson(await response.text())
}

/** The address of a request, such as that of an export. */
export function urlOf({ baseUrl }: ViewerClient, { path, query = {} }: ApiRequest): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === undefined ? [] : [value].flat()) parameters.append(name, one)
  }
  const text = parameters.toString()
  return new URL(`${baseUrl}${path}${text === '' ? '' : `?${text}`}`, document.baseURI).href
}

async function readProblem(response: Response): Promise<Problem> {
  const { status } = response
  const fallback: Problem = {
    code: status === 403 ? 'forbidden' : 'http_error',
    status,
    title: `The server answered ${status}`,
    detail: response.statusText,
  }
  const text = await response.text()
  if (!/[/+]json/.test(response.headers.get('content-type') ?? '')) return fallback
  const body = parseJson(text)
  if (!isJsonObject(body)) return fallback
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's own problem document
  const problem = body as unknown as Partial<Problem>
  return { ...fallback, ...problem, status }
}
