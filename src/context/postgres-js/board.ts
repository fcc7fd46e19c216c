import { explainError } from '../explain-error.ts'
import type { Connection, Query } from './query.ts'

/** What became of a query that was put behind another on its connection. */
export type Boarding = 'sent' | 'describing' | 'unbuilt'

/**
 * Puts a query into the buffer of a connection, directly behind what is there. `describing`: the statement is
 * described first, and bound and executed when that was answered. `unbuilt`: its message could not be built, for a
 * value that cannot be serialised.
 */
export function board(connection: Connection, query: Query): Boarding {
  query.options.onexecute = () => 'in the buffer'
  const outcome = connection.execute(query)
  if (outcome === true) return 'unbuilt'
  return query.describeFirst === true ? 'describing' : 'sent'
}

/**
 * Takes a query that could not be built out of the order of answers: postgres.js has put its error down to the query
 * that was under way, and would now wait for an answer to it. Something else must have been sent behind it.
 */
export function skip(query: Query): void {
  const ignore = () => undefined
  // a query that was cancelled in the meantime is passed over, and its server process asked to stop: here, no process
  query.state = { pid: 0, secret: 0 }
  query.cancelled = { resolve: ignore, reject: ignore }
}

/** Makes a query our own: nobody awaits it, and its failure is told by the query that it serves. */
export function ours(query: Query): Query {
  query.executed = true
  void query.catch(() => undefined)
  return query
}

/** Resolves when a query of ours has ended: with its error, if it failed. */
export function ended(query: Query): Promise<unknown> {
  return query.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/**
 * Lets a query fail with the error of the one that went before it, and not with the complaint that the transaction
 * is aborted.
 */
export function failWith(lead: Query, query: Query, schema: string): { readonly error: () => unknown } {
  const { reject: rejectLead } = lead
  const { reject } = query
  let failure: unknown
  lead.reject = (error) => {
    failure ??= explainError(error, schema)
    rejectLead(failure)
  }
  query.reject = (error) => reject(failure ?? error)
  return { error: () => failure }
}
