import { randomUUID } from 'node:crypto'

import { BackstoryError } from '../core/errors.ts'
import { conflictsOf } from '../core/undo/conflict.ts'
import type { ProblemBody } from './contract/values.ts'
import { codesOfErrors, ProblemError, problemKinds, type ProblemCode } from './problems.ts'
import { writeJson } from './respond.ts'
import { toConflictBody } from './bodies.ts'

/** A failure of the server, as its log hook gets it. `id` is in the answer as well. */
export interface Failure {
  readonly id: string
  readonly error: unknown
  readonly method: string
  readonly path: string
}

/**
 * The problem document (RFC 9457) of an error. What is not foreseen becomes 500 with an id, a database that cannot be
 * asked 503; the rest of it goes to the log hook alone.
 *
 * @param depth how many segments the path of the request has: `type` leads to a page beside it
 * @param isNarrowed whether the caller does not see everything: what the database says may name what is hidden
 */
export function respondProblem(
  error: unknown,
  options: {
    readonly depth: number
    readonly isNarrowed: boolean
    readonly report: (id: string, error: unknown) => void
  },
): Response {
  const problem = describe(error, options.isNarrowed)
  if (problem.code === 'failed' || problem.code === 'unavailable') {
    const id = randomUUID()
    options.report(id, error)
    const headers = problem.code === 'unavailable' ? { 'retry-after': '5' } : {}
    return write({ ...problem, id }, options.depth, headers)
  }
  return write(problem, options.depth, error instanceof ProblemError ? error.headers : {})
}

type Described = Pick<ProblemBody, 'detail' | 'errors' | 'conflicts'> & { readonly code: ProblemCode }

function describe(error: unknown, isNarrowed: boolean): Described {
  if (error instanceof ProblemError) {
    return {
      code: error.code,
      detail: error.message,
      ...(error.errors.length === 0 ? {} : { errors: error.errors }),
    }
  }
  const code = error instanceof BackstoryError ? codesOfErrors[error.code] : undefined
  if (!(error instanceof BackstoryError) || code === undefined) {
    return { code: 'failed', detail: 'Something went wrong on the server.' }
  }
  // where it is and who may ask it is in the message
  if (code === 'unavailable') return { code, detail: 'The database could not be asked.' }
  if (code === 'undo_conflict') {
    return { code, detail: error.message, conflicts: conflictsOf(error).map(toConflictBody) }
  }
  if (isNarrowed && (code === 'undo_refused' || code === 'not_restorable')) {
    return { code, detail: 'Nothing was written: the database refuses what would come of it.' }
  }
  if (code === 'invalid_query') {
    const { position } = error.details
    return {
      code,
      detail: error.message,
      errors: [{ pointer: '?q', code, message: `${error.message} (at ${String(position)})` }],
    }
  }
  return { code, detail: error.message }
}

function write(
  problem: Described & { readonly id?: string },
  depth: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const { code, ...rest } = problem
  const { status, title, hint } = problemKinds[code]
  const body: ProblemBody = {
    type: `${'../'.repeat(depth - 1)}problems/${code}`,
    code,
    title,
    status,
    hint,
    ...rest,
  }
  return new Response(writeJson(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  })
}
