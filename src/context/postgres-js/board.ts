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
 * Ends a connection on which a query could not be built while another was under way: postgres.js has put the error
 * down to the other, and the answers that are still to come can no longer be told apart.
 */
export function giveUp(connection: Connection): void {
  // one that is ended before it has written what is in its buffer never recovers
  setImmediate(() => connection.terminate())
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
