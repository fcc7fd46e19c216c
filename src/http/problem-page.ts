import { ProblemError, problemKinds, type ProblemCode } from './problems.ts'

/** The page that the `type` of a problem leads to: what it means and what to do. @throws ProblemError `unknown_route` */
export function respondProblemPage(code: string): Response {
  if (!isProblemCode(code)) throw new ProblemError('unknown_route', 'There is no such problem.')
  const { status, title, hint } = problemKinds[code]
  return new Response(`${title} (${code}, ${status})\n\n${hint}\n`, {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  })
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemKinds, code)
}
