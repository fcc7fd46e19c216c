import { BackstoryError, type BackstoryErrorCode } from '../core/errors.ts'

/**
 * Whether an error says that the connection is gone or could not be made, so that the same read may be tried again on
 * another one. Not when the application has closed its pool: that is meant to last.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof BackstoryError) return error.code === 'cannot_connect' && isConnectionLost(error.cause)
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code !== 'string') return lostMessages.test(error.message)
  return code.startsWith('08') || lostCodes.has(code)
}

/**
 * Whether the server itself has answered with an error, so that the statement has done nothing. False where nobody
 * knows what became of it.
 */
export function isRefused(error: unknown): boolean {
  if (error instanceof BackstoryError) {
    return !explainedCodes.has(error.code) || isRefused(error.cause)
  }
  if (!(error instanceof Error) || isConnectionLost(error)) return false
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
}

// what an error of the driver was made of
const explainedCodes = new Set<BackstoryErrorCode>(['cannot_connect', 'timed_out'])

// manual: Appendix A, PostgreSQL Error Codes
const lostCodes = new Set([
  '57P01', // admin_shutdown, pg_terminate_backend
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: it is starting up
  '57P05', // idle_session_timeout
  '53300', // too_many_connections
  // Node's
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // the socket of a server that is starting
  // those of postgres.js; CONNECTION_ENDED and CONNECTION_DESTROYED are the application's own doing
  'CONNECTION_CLOSED',
  'CONNECT_TIMEOUT',
])

// pg gives no code to what it notices by itself
const lostMessages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/
