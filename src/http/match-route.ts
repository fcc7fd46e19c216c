import { routes, type RouteName } from './contract/routes.ts'
import { ProblemError } from './problems.ts'

/** A route that a request asks for, and the parts of its path. */
export interface MatchedRoute {
  readonly name: RouteName
  readonly parts: Readonly<Record<string, string>>
}

/**
 * Finds the route of a request.
 *
 * @throws ProblemError `unknown_route`; `method_not_allowed` with the header Allow
 */
export function matchRoute(method: string, segments: readonly string[]): MatchedRoute {
  const found = patterns.flatMap((pattern) => {
    const parts = matchParts(pattern.segments, segments)
    return parts === null ? [] : [{ name: pattern.name, parts }]
  })
  // what is spelled out goes before what varies: /entries/count before /entries/{id}
  const nearest = found.filter(({ parts }) => Object.keys(parts).length === 0)
  const candidates = nearest.length > 0 ? nearest : found
  if (candidates.length === 0) throw new ProblemError('unknown_route', `There is no /${segments.join('/')}.`)
  const wanted = method === 'HEAD' ? 'GET' : method
  const match = candidates.find(({ name }) => routes[name].method === wanted)
  if (match !== undefined) return match
  const allow = candidates.map(({ name }) => routes[name].method).join(', ')
  throw new ProblemError('method_not_allowed', `/${segments.join('/')} takes ${allow}, not ${method}.`, {
    headers: { allow },
  })
}

const patterns = Object.entries(routes).flatMap(([name, { path }]) =>
  isRouteName(name) ? [{ name, segments: path.slice(1).split('/') }] : [],
)

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name)
}

function matchParts(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | null {
  if (pattern.length !== segments.length) return null
  const parts: [string, string][] = []
  for (const [index, wanted] of pattern.entries()) {
    const given = segments[index] ?? ''
    if (wanted.startsWith('{')) parts.push([wanted.slice(1, -1), given])
    else if (wanted !== given) return null
  }
  return Object.fromEntries(parts)
}
