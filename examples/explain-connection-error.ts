import { ExplainedError } from './explained-error.ts'

/** Tells in a sentence why a server could not be used and what to do; the password of the URL is never told. */
export function explainConnectionError(error: unknown, databaseUrl: string): ExplainedError {
  if (!/^postgres(?:ql)?:/.test(databaseUrl) || !URL.canParse(databaseUrl)) {
    return new ExplainedError(
      '--database-url is no URL of PostgreSQL. It looks like this: postgres://user:password@localhost:5432/postgres',
    )
  }
  const url = new URL(databaseUrl)
  const where = `${url.hostname || 'localhost'}:${url.port || '5432'}`
  const user = decodeURIComponent(url.username) || 'the default user'
  const code = readCode(error)
  const reason = error instanceof Error ? error.message : String(error)
  return new ExplainedError(
    reasons[code]?.({ where, user, database: url.pathname.slice(1) }) ??
      `PostgreSQL at ${where} could not be used (${reason}). Check --database-url.`,
    { cause: error },
  )
}

interface Place {
  readonly where: string
  readonly user: string
  readonly database: string
}

// SQLSTATEs (manual: Appendix A) and the codes of Node's sockets
const reasons: Readonly<Record<string, (place: Place) => string>> = {
  '28P01': ({ where, user }) =>
    `PostgreSQL at ${where} refused the password of ${user}. Check the user and the password in --database-url.`,
  '28000': ({ where, user }) =>
    `PostgreSQL at ${where} does not let ${user} in. Check the user in --database-url, and pg_hba.conf on the server.`,
  '3D000': ({ where, database }) =>
    `PostgreSQL at ${where} has no database "${database}". Name one that exists in --database-url, such as postgres.`,
  '42501': ({ where, user }) =>
    `${user} may not create a database at ${where}, and this program works in one of its own only. ` +
    `Run "alter role ${user} createdb" as a superuser, or leave --database-url out.`,
  ECONNREFUSED: ({ where }) =>
    `Nothing answers at ${where}. Is PostgreSQL running there? Without --database-url one is started for you.`,
  ENOTFOUND: ({ where }) => `There is no host ${where}. Check the host in --database-url.`,
  EAI_AGAIN: ({ where }) =>
    `The host ${where} cannot be looked up now. Check it in --database-url, and the network.`,
}

function readCode(error: unknown): string {
  // Node tries every address of a host, and gives the errors of all
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const code: unknown = first instanceof Error && 'code' in first ? first.code : undefined
  return typeof code === 'string' ? code : ''
}
