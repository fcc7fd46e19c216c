import { BackstoryError, type BackstoryErrorCode } from '../core/errors.ts'
import { isConnectionLost } from './lost-connections.ts'

/**
 * Says in a `BackstoryError` what an error of the driver or the server means for whoever called Backstory, and what to
 * do: `cannot_connect`, `permission_denied`, `read_only`, `timed_out`. Anything else comes back as it is.
 */
export function explainDriverError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BackstoryError) return error
  const explanation = explanationOf(error)
  if (explanation === undefined) return error
  const { code, what, advice } = explanation
  return new BackstoryError(code, `${what} (${reasonOf(error)}). ${advice}`, { cause: error })
}

interface Explanation {
  readonly code: BackstoryErrorCode
  readonly what: string
  readonly advice: string
}

function explanationOf(error: Error): Explanation | undefined {
  const state: unknown = Reflect.get(error, 'code')
  const known = typeof state === 'string' ? explanations[state] : undefined
  if (known !== undefined) return known
  if (state === '42501') return forbidden(error.message)
  if (error.message === 'Query read timeout') return cancelled
  if (/after calling end on the pool/.test(error.message)) return ended
  if (/timeout exceeded when trying to connect/.test(error.message)) return exhausted
  return isConnectionLost(error) ? lost : undefined
}

// Node tries every address of a host, and gives an error without a message around those of all
function reasonOf(error: Error): string {
  const parts = error instanceof AggregateError && error.message === '' ? error.errors : [error]
  return parts.map((part: unknown) => (part instanceof Error ? part.message : String(part))).join('; ')
}

function unreachable(advice: string): Explanation {
  return { code: 'cannot_connect', what: 'Backstory cannot use the database', advice }
}

const login = unreachable(
  'Check the user and the password that the pool was given, and pg_hba.conf on the server.',
)
const absent = unreachable(
  'Is PostgreSQL running there? Check the host and the port that the pool was given.',
)
const noHost = unreachable('Check the host that the pool was given, and the network.')
const exhausted = unreachable(
  'Every connection is in use, or the server does not answer: release what is checked out, or raise max and the time to wait of the pool.',
)
const ended = unreachable('The pool was ended before: end it after the last call of Backstory.')
const lost = unreachable(
  'The connection was lost, so that nobody knows whether what was asked for is done: look, or ask again.',
)
const cancelled: Explanation = {
  code: 'timed_out',
  what: 'The database was not done in time',
  advice: 'Ask for less at once, or raise statement_timeout (in pg: query_timeout) for it.',
}

// SQLSTATEs (manual: Appendix A), the codes of Node's sockets, and those of postgres.js
const explanations: Readonly<Record<string, Explanation>> = {
  '28P01': login,
  '28000': login,
  '3D000': unreachable('Create that database, or name another where the pool is made.'),
  '53300': exhausted,
  '57P03': unreachable('It is starting up or shutting down: try again in a moment.'),
  ECONNREFUSED: absent,
  ENOENT: absent,
  EHOSTUNREACH: noHost,
  ENETUNREACH: noHost,
  ENOTFOUND: noHost,
  EAI_AGAIN: noHost,
  CONNECT_TIMEOUT: exhausted,
  CONNECTION_ENDED: ended,
  '57014': cancelled,
  '55P03': {
    code: 'timed_out',
    what: 'A lock could not be had in time',
    advice:
      'Another transaction holds it: look for it in pg_stat_activity and pg_locks, end it or try again later, or raise lock_timeout.',
  },
  '25006': {
    code: 'read_only',
    what: 'The database takes no writes here',
    advice: 'It is a standby, or default_transaction_read_only is on: use the primary.',
  },
}

function forbidden(message: string): Explanation {
  return {
    code: 'permission_denied',
    what: 'The role of this connection may not do that',
    advice: /audit_logs/.test(message)
      ? 'To let it read the log: grant select on the table audit_logs to it.'
      : 'Let the role that owns the installation do it: to install takes create on the database, to track takes the installing role and a table of its own. Or grant this role what it lacks.',
  }
}
