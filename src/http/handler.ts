import { randomUUID } from 'node:crypto'

import { BackstoryError } from '../core/errors.ts'
import { admit } from './admit.ts'
import { answerers } from './answerers.ts'
import type { CallSettings } from './call.ts'
import { guardResponse, respondPreflight } from './cross-origin.ts'
import { routes, type RouteName } from './contract/routes.ts'
import { respondProblem, type Failure } from './fail.ts'
import { isNarrowed, type Authorize, type Grant, type NarrowableBackstory } from './grant.ts'
import { matchRoute, type MatchedRoute } from './match-route.ts'
import { writeOpenApi } from './openapi.ts'
import { parseBody, parsePathParts, parseQueryString } from './parse-request.ts'
import { ProblemError } from './problems.ts'
import { respondProblemPage } from './problem-page.ts'
import { respondJson } from './respond.ts'
import { createTokenReader } from './tokens.ts'
import { respondViewerFile } from './viewer-files.ts'

/** How the API is open, and to whom. */
export interface HandlerOptions {
  /** Who may see and do what. Without it nobody gets in: every answer is 403 and says so. */
  readonly authorize?: Authorize
  /** Keys of viewer tokens: whoever brings one that `issueViewerToken` issued with one of them is let in by it alone. */
  readonly tokenKeys?: readonly string[]
  /**
   * Which tokens open this handler: those that were issued for this audience. For several handlers with the same keys.
   * Default: those that were issued for none.
   */
  readonly tokenAudience?: string
  /** Whether restoring, undoing and naming versions is switched on. Default: no. */
  readonly writes?: boolean
  /** The path below which requests come, where whoever mounts the handler does not take it away: `/audit`. */
  readonly basePath?: string
  /** Other origins whose pages may read, with a token, and write: `https://admin.example.com`. */
  readonly trustedOrigins?: readonly string[]
  /** Told of every failure, with the id that the answer has. Default: `console.error`. */
  readonly onFailure?: (failure: Failure) => void
  /** How often a watch looks at the log, at most. Default: 1,000 ms. */
  readonly pollMs?: number
  /** How often a watch without news shows that it lives. Default: 15,000 ms. */
  readonly heartbeatMs?: number
  /**
   * How long a watch lasts before `authorize` is asked again, and how long states may be taken as NDJSON: those hold a
   * connection meanwhile. Default: 600,000 ms.
   */
  readonly streamMs?: number
}

/** Answers a request. Never rejects. */
export interface Handler {
  (request: Request): Promise<Response>
  /** The same handler below another path, for those who mount it. */
  readonly at: (basePath: string) => (request: Request) => Promise<Response>
}

/**
 * The HTTP API as one web-standard function, for whatever serves those: see docs/guide/frameworks.md. Its routes are in
 * docs/reference/http.md.
 *
 * @throws BackstoryError `invalid_option`
 * @example
 * const handler = createHandler(backstory, {
 *   authorize: async (request) => {
 *     const user = await findUser(request)
 *     return user && { can: ['read'], actor: { userId: user.id }, sight: { scopes: user.worlds } }
 *   },
 * })
 */
export function createHandler(backstory: NarrowableBackstory, options: HandlerOptions = {}): Handler {
  const { doors, basePath: ownPath, settings, onFailure } = parseOptions(options)
  const openApi = writeOpenApi()
  const handle = async (request: Request, basePath: string): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url)
    const segments = segmentsOf(pathname, basePath)
    const report = (id: string, error: unknown) => {
      tell(onFailure, { id, error, method: request.method, path: pathname })
    }
    const state = { isNarrowed: false }
    const finish = (response: Response) =>
      guardResponse(request, withoutBody(request, response), doors?.trustedOrigins ?? [])
    try {
      if (doors === null) {
        throw new ProblemError('closed', 'This API has no authorize hook, so it answers nobody.')
      }
      const open =
        respondPreflight(request, doors.trustedOrigins) ??
        (await respondOpen(request, segments, pathname, openApi))
      if (open !== null) return finish(open)
      const route = matchRoute(request.method, segments)
      const admission = await admit(request, route.name, doors)
      // the hook may give the same one each time
      if (admission instanceof Response) return finish(admission.clone())
      const { grant, expiresAtMs } = admission
      state.isNarrowed = isNarrowed(grant)
      const leftMs = expiresAtMs === null ? Infinity : expiresAtMs - Date.now()
      const answered = await respond(backstory, request, route, searchParams, grant, {
        ...settings,
        streamMs: Math.min(settings.streamMs, leftMs),
        report: (error) => {
          const id = randomUUID()
          report(id, error)
          return id
        },
      })
      return finish(answered)
    } catch (error) {
      return finish(
        respondProblem(error, { depth: Math.max(segments.length, 1), isNarrowed: state.isNarrowed, report }),
      )
    }
  }
  const at = (basePath: string) => (request: Request) => handle(request, basePath === '' ? ownPath : basePath)
  return Object.assign(at(ownPath), { at })
}

async function respond(
  backstory: NarrowableBackstory,
  request: Request,
  { name, parts }: MatchedRoute,
  searchParams: URLSearchParams,
  grant: Grant,
  settings: CallSettings,
): Promise<Response> {
  const route: Readonly<(typeof routes)[RouteName]> = routes[name]
  const call = {
    request,
    log: backstory.narrowed(grant.sight),
    grant,
    query: parseQueryString(route.query, searchParams),
    params: 'params' in route ? parsePathParts(route.params, parts) : undefined,
    body: 'body' in route ? await parseBody(route.body, request) : undefined,
    now: new Date(),
    settings,
  }
  return answer(name, call)
}

function answer(name: RouteName, call: object): Promise<Response> {
  const answerer: (call: never) => Promise<Response> = answerers[name]
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the schemas of the route of that name
  return answerer(call as never)
}

// what holds no data: the description, the explanations, and the viewer's own files
async function respondOpen(
  request: Request,
  segments: readonly string[],
  pathname: string,
  openApi: object,
): Promise<Response | null> {
  const [first, ...rest] = segments
  if (request.method !== 'GET' && request.method !== 'HEAD') return null
  if (segments.length === 0 || (first === 'viewer' && rest.length === 0)) {
    // to a name and not to a slash, which some frameworks take away
    const below = pathname.endsWith('/') ? '' : `${pathname.split('/').at(-1) ?? ''}/`
    const location = `./${below}${segments.length === 0 ? 'viewer/' : ''}index.html`
    return new Response(null, { status: 302, headers: { location, 'cache-control': 'no-cache' } })
  }
  if (first === 'viewer') {
    const file = await respondViewerFile(
      request,
      rest.filter((part, at) => part !== '' || at < rest.length - 1),
    )
    if (file !== null) return file
    throw new ProblemError('unknown_route', 'The viewer has no such file.')
  }
  if (first === 'openapi.json' && rest.length === 0) return respondJson(request, openApi)
  if (first === 'problems' && rest.length === 1) return respondProblemPage(rest[0] ?? '')
  return null
}

function segmentsOf(pathname: string, basePath: string): readonly string[] {
  const path =
    basePath !== '' && `${pathname}/`.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname
  const segments = path.split('/').slice(1)
  return segments.length === 1 && segments[0] === '' ? [] : segments
}

function withoutBody(request: Request, response: Response): Response {
  if (request.method !== 'HEAD') return response
  response.body?.cancel().catch(() => {})
  return new Response(null, { status: response.status, headers: response.headers })
}

// a hook that fails is not to make the answer fail
function tell(onFailure: (failure: Failure) => void, failure: Failure): void {
  try {
    onFailure(failure)
  } catch (error) {
    console.error('backstory: onFailure failed itself.', error, failure)
  }
}

function parseOptions(options: HandlerOptions) {
  const {
    authorize,
    tokenKeys = [],
    tokenAudience,
    writes = false,
    basePath = '',
    trustedOrigins = [],
    onFailure = (failure) => {
      console.error(`backstory: failure ${failure.id} of ${failure.method} ${failure.path}`, failure.error)
    },
    pollMs = 1000,
    heartbeatMs = 15_000,
    streamMs = 600_000,
    ...others
  } = options
  const [unknownKey] = Object.keys(others)
  if (unknownKey !== undefined) throw invalid(`createHandler() knows no option "${unknownKey}".`)
  if (authorize !== undefined && typeof authorize !== 'function')
    throw invalid('authorize must be a function.')
  if (basePath !== '' && !/^(?:\/[^/?#]+)+$/.test(basePath)) {
    throw invalid(`basePath begins with a slash and does not end with one: /audit. It is ${basePath}.`)
  }
  for (const [name, ms] of Object.entries({ pollMs, heartbeatMs, streamMs })) {
    // a timer that is set for longer rings at once
    if (!Number.isFinite(ms) || ms < 10 || ms > 2_147_483_647) {
      throw invalid(`${name} is a number of milliseconds, 10 at least and 24 days at most; it is ${ms}.`)
    }
  }
  if (!Array.isArray(trustedOrigins) || !trustedOrigins.every(isOrigin)) {
    throw invalid(
      'trustedOrigins is a list of origins as browsers send them: https://admin.example.com, without a path.',
    )
  }
  if (!Array.isArray(tokenKeys)) throw invalid('tokenKeys is a list of texts.')
  const readToken = createTokenReader(tokenKeys, tokenAudience)
  return {
    // nobody could get in
    doors:
      authorize === undefined && tokenKeys.length === 0
        ? null
        : { authorize, readToken, writes, trustedOrigins },
    basePath,
    onFailure,
    settings: { writes, pollMs, heartbeatMs, streamMs },
  }
}

function isOrigin(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_option', message)
}
