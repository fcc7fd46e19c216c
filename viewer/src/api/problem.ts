import type { ProblemBody } from '../../../src/http/contract/values.ts'

/** Why a request failed, in the words of the API (RFC 9457) or, where it did not answer, in ours. */
export interface Problem extends Pick<
  ProblemBody,
  'code' | 'title' | 'detail' | 'status' | 'hint' | 'id' | 'conflicts'
> {}

/** The rejection of every call of the API. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem

  constructor(problem: Problem, options: { readonly cause?: unknown } = {}) {
    super(problem.detail, options)
    this.problem = problem
  }
}

/** What to tell people about whatever was thrown; null for what they ended themselves. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof ProblemError) return error.problem
  if (error instanceof DOMException && error.name === 'AbortError') return null
  return {
    code: 'unexpected',
    status: 0,
    title: 'Something went wrong here',
    detail: error instanceof Error ? error.message : String(error),
    hint: 'Reload the page. If it happens again, report it with what you did.',
  }
}

/** The problem of a request that got no answer. */
export function unreachable(cause: unknown): ProblemError {
  return new ProblemError(
    {
      code: 'unreachable',
      status: 0,
      title: 'The history cannot be reached',
      detail: 'The server did not answer.',
      hint: 'Check the connection and try again.',
    },
    { cause },
  )
}
