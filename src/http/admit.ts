import type { RouteName } from './contract/routes.ts'
import { isTrusted } from './cross-origin.ts'
import { routes } from './contract/routes.ts'
import { isWrite, parseGrant, type Authorize, type Grant } from './grant.ts'
import { ProblemError } from './problems.ts'
import { refused, type ReadToken } from './tokens.ts'

/** Who decides about requests, and what is switched on at all. */
export interface Doors {
  readonly authorize: Authorize | undefined
  readonly readToken: ReadToken
  readonly writes: boolean
  readonly trustedOrigins: readonly string[]
}

/** A request that may be answered. */
export interface Admission {
  readonly grant: Grant
  /** When what let it in expires; null: it does not. */
  readonly expiresAtMs: number | null
}

/**
 * Decides whether a request for a route is answered: by its viewer token if it has one, else by the hook.
 *
 * @returns a response of the hook's own, or what the caller is granted
 * @throws ProblemError `invalid_token`, `token_expired`, `not_permitted`, `writes_off`, `cross_site`
 */
export async function admit(
  request: Request,
  route: RouteName,
  { authorize, readToken, writes, trustedOrigins }: Doors,
): Promise<Admission | Response> {
  const { can } = routes[route]
  const opened = readToken(request)
  // no page of another site can make a browser send a token that it does not have
  const isWritten = request.method !== 'GET' && request.method !== 'HEAD'
  if (opened === null && isWritten) refuseCrossSite(request, trustedOrigins)
  // it leaves a record that somebody took the log, and an image in a page of anybody would do
  if (opened === null && route === 'export') refuseStrangers(request, trustedOrigins)
  const admission = opened ?? (await askHook(request, route, authorize))
  if (admission instanceof Response) return admission
  if (!admission.grant.can.includes(can)) throw new ProblemError('not_permitted', `You may not ${can}.`)
  if (isWrite(can) && !writes) throw new ProblemError('writes_off', `Nobody may ${can} here.`)
  return admission
}

async function askHook(
  request: Request,
  route: RouteName,
  authorize: Authorize | undefined,
): Promise<Admission | Response> {
  if (authorize === undefined) throw refused('invalid_token', 'The request brings no token.')
  const granted = await authorize(request, { can: routes[route].can, route })
  if (granted instanceof Response) return granted
  if (granted === null || granted === undefined) {
    throw new ProblemError('not_permitted', 'You may not use this API.')
  }
  return { grant: parseGrant(granted), expiresAtMs: null }
}

function refuseStrangers(request: Request, trustedOrigins: readonly string[]): void {
  if (request.headers.get('sec-fetch-site') !== 'cross-site' || isTrusted(request, trustedOrigins)) return
  throw new ProblemError('cross_site', 'The request comes from a page of another site (cross-site).')
}

function refuseCrossSite(request: Request, trustedOrigins: readonly string[]): void {
  if (isTrusted(request, trustedOrigins)) return
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  if (site !== null) {
    if (site === 'same-origin' || site === 'none') return
    throw new ProblemError('cross_site', `The request comes from a page of another site (${site}).`)
  }
  if (origin === null) return
  const host = request.headers.get('host') ?? new URL(request.url).host
  if (URL.canParse(origin) && new URL(origin).host === host) return
  throw new ProblemError('cross_site', `The request comes from a page of ${origin}.`)
}
