import { AsyncLocalStorage } from 'node:async_hooks'

import { riderColumn } from '../../db/carry-context.ts'
import { bindCallback } from '../bind-callback.ts'
import { currentContextText, inThisContext, withoutContext } from '../context.ts'
import { explainError } from '../explain-error.ts'
import { correctPosition, insertRiders, type Insertion } from '../insert-riders.ts'
import { assignLane, laneOf, type Lane } from '../lane.ts'
import { idle, planRiders, standingAfter, type RiderPlan } from '../plan-riders.ts'
import type { Rider } from '../rider.ts'
import type { BackslashMeaning } from '../split-statements.ts'
import { statementKind } from '../statement-kind.ts'
import { hideRiders } from './answers.ts'
import { isSubmittable, type QueryConstructor, type Submittable, type WireClient } from './wire.ts'

/** A client with its rider. */
interface Ride extends Lane {
  readonly client: WireClient
  readonly rider: Rider
  /** The query that is being submitted at this moment, synchronously. */
  boarding: Passenger | undefined
  /** Of a pipelining client: queries that are sent and not yet answered. */
  unanswered: number
  backslash: BackslashMeaning
  /** Whether the rider is known to the server by its name; `never` where somebody makes it forget names. */
  named: 'not yet' | 'yes' | 'never'
  /** Whether the server is at the other end of the connection, or a pooler, which may change servers in between. */
  link: 'unknown' | 'direct' | 'pooled'
}

/** A query with the context in which it was given to the client. */
interface Passenger {
  readonly query: Submittable
  readonly context: string
  text: string
  decided: boolean
  /** Whether it has the rider parsed under its name. */
  namesRider: boolean
  insertions: readonly Insertion[]
}

/**
 * Makes a client carry the context. Every query remembers the context in which it was given to the client; whether
 * a rider goes with it is decided when it is sent, by what the server last said about its transaction.
 *
 * - extended query: Parse, Bind, Execute of the rider before the statement's own Bind (and Parse, where that is
 *   unnamed), one Sync for both. A named statement is parsed first: pg takes the first ParseComplete for its own.
 *   The rider is parsed once a connection, under a name, where the connection keeps names: see `isNamed`.
 * - simple query: the rider in front of its statement, in the same message.
 *
 * Both run in the statement's own transaction, and the setting ends with it. Idempotent.
 */
export function rideOn(client: WireClient, Query: QueryConstructor, rider: Rider): void {
  if (laneOf(client) !== undefined) return
  const ride: Ride = {
    client,
    rider,
    standing: idle,
    boarding: undefined,
    unanswered: 0,
    backslash: 'unknown',
    named: 'not yet',
    link: 'unknown',
  }
  assignLane(client, ride)
  listen(ride)
  interceptMessages(ride)
  const { query, connect } = client
  override(client, 'query', (config, values, callback) => {
    if (isSubmittable(config)) return submitGiven(ride, query, config, values, callback)
    return submitText(ride, query, Query, config, values, callback)
  })
  // what the driver calls from its socket must find nobody's context there, unless it is bound to somebody's
  override(client, 'connect', (callback) =>
    withoutContext(() => connect.call(client, bindCallback(callback))),
  )
}

function submitText(
  ride: Ride,
  query: WireClient['query'],
  Query: QueryConstructor,
  config: unknown,
  values: unknown,
  callback: unknown,
): unknown {
  if (config === null || config === undefined) return query.call(ride.client, config, values, callback)
  const submittable = new Query(config, values, callback)
  const given: unknown = submittable.callback
  // what is no callback is left to the driver to refuse
  if (given && typeof given !== 'function') return query.call(ride.client, config, values, callback)
  if (typeof config === 'object' && 'query_timeout' in config && typeof config.query_timeout === 'number') {
    submittable.query_timeout = config.query_timeout
  }
  carry(ride, submittable)
  if (submittable.callback) {
    submittable.callback = inThisContext(submittable.callback)
    query.call(ride.client, submittable)
    return undefined
  }
  return new Promise((resolve, reject) => {
    submittable.callback = (error, result) => {
      if (error) reject(error)
      else resolve(result)
    }
    query.call(ride.client, submittable)
  }).catch((error: unknown) => {
    // as pg does: the stack that leads to the caller, not to the socket
    if (error instanceof Error) Error.captureStackTrace(error)
    throw error
  })
}

function submitGiven(
  ride: Ride,
  query: WireClient['query'],
  given: Submittable,
  values: unknown,
  callback: unknown,
): unknown {
  // COPY TO and replication read the socket themselves: nothing may be answered before them
  const readsRows = typeof given.handleRowDescription === 'function'
  if (readsRows || statementKind(given.text ?? '') === 'write') {
    bindHandlers(given)
    carry(ride, given)
  }
  return query.call(ride.client, given, bindCallback(values), bindCallback(callback))
}

function carry(ride: Ride, query: Submittable): void {
  const passenger: Passenger = {
    query,
    context: currentContextText(),
    text: query.text ?? '',
    decided: false,
    namesRider: false,
    insertions: [],
  }
  const { submit, handleError } = query
  query.submit = (connection) => {
    ride.boarding = passenger
    connection.stream.cork?.()
    try {
      const refusal = submit.call(query, connection)
      if (!refusal) ride.unanswered++
      return refusal
    } finally {
      connection.stream.uncork?.()
      ride.boarding = undefined
    }
  }
  query.handleError = (error, connection) => {
    // it may know the name or not: what failed may have been behind it
    const isUncertain = passenger.namesRider && ride.named === 'not yet'
    if (isUncertain || isForgottenRider(error)) ride.named = 'never'
    correctPosition(error, passenger.insertions)
    handleError?.call(query, explainError(error, ride.rider.schema), connection)
  }
}

function listen(ride: Ride): void {
  const { client } = ride
  client.connection.on('readyForQuery', ({ status }) => {
    ride.unanswered = Math.max(0, ride.unanswered - 1)
    // while answers are outstanding, what was sent since tells more than what was answered
    if (client.pipeline === true && ride.unanswered > 0) return
    if (status !== undefined) ride.standing = standingAfter(status, ride.standing)
  })
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName !== 'standard_conforming_strings') return
    ride.backslash = parameterValue === 'on' ? 'literal' : 'escape'
  })
}

function interceptMessages(ride: Ride): void {
  const { connection } = ride.client
  const { parse, bind, execute, query } = connection
  const sendRider = (passenger: Passenger, statement: string) => {
    if (passenger.decided || decide(ride, passenger, 'one').places.length === 0) return
    // the first one asks, which also shows that Backstory is there
    const asks = ride.link === 'unknown'
    const named = !asks && isNamed(ride, statement)
    const name = named ? riderColumn : ''
    hideRiders(passenger.query, 'extended', ([, processId]) => {
      if (named) ride.named = 'yes'
      if (asks) ride.link = Number(processId) === ride.client.processID ? 'direct' : 'pooled'
    })
    if (!named || ride.named !== 'yes') {
      const { asking, kept, bound } = ride.rider
      passenger.namesRider = named
      parse.call(connection, { text: asks ? asking : named ? kept : bound, name, types: [textOid, textOid] })
    }
    bind.call(connection, { portal: '', statement: name, values: ride.rider.values(passenger.context) })
    execute.call(connection, { portal: '', rows: 0 })
  }
  override(connection, 'parse', (message, ...rest) => {
    const { boarding } = ride
    if (boarding !== undefined) {
      boarding.text = message.text ?? ''
      if (!message.name) sendRider(boarding, '')
    }
    parse.call(connection, message, ...rest)
  })
  override(connection, 'bind', (message, ...rest) => {
    const { boarding } = ride
    if (boarding !== undefined) {
      if (boarding.text === '') boarding.text = connection.parsedStatements?.[message.statement ?? ''] ?? ''
      sendRider(boarding, message.statement ?? '')
    }
    bind.call(connection, message, ...rest)
  })
  override(connection, 'query', (text) => {
    const { boarding } = ride
    query.call(connection, boarding === undefined ? text : textWithRiders(ride, boarding, text))
  })
}

// Where the user's own statement has a name, the connection keeps names; and where the process that answers is the one
// that the connection was made to, since poolers make up a number of their own. Of what is sent ahead, a name may be
// taken already.
function isNamed(ride: Ride, statement: string): boolean {
  return (
    (statement !== '' || ride.link === 'direct') && ride.client.pipeline !== true && ride.named !== 'never'
  )
}

const textOid = 25

// somebody made the server forget names where no text says so, in a function
function isForgottenRider(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '26000' &&
    error.message.includes(`"${riderColumn}"`)
  )
}

// anywhere in the text: a false alarm costs a little time
const forgetsStatements = /\b(?:deallocate|discard)\b/i

function textWithRiders(ride: Ride, passenger: Passenger, text: string): string {
  passenger.text = text
  const { places } = decide(ride, passenger, 'many')
  if (places.length === 0) return text
  hideRiders(passenger.query, 'simple')
  const inserted = insertRiders(text, places, ride.rider.inline(passenger.context))
  passenger.insertions = inserted.insertions
  return inserted.text
}

function decide(ride: Ride, passenger: Passenger, statements: 'one' | 'many'): RiderPlan {
  passenger.decided = true
  const message = { text: passenger.text, statements, backslash: ride.backslash }
  const plan = planRiders(message, passenger.context, ride.standing)
  ride.standing = plan.standing
  if (forgetsStatements.test(passenger.text)) ride.named = 'never'
  return plan
}

const handlers = [
  'handleRowDescription',
  'handleDataRow',
  'handleCommandComplete',
  'handlePortalSuspended',
  'handleEmptyQuery',
  'handleReadyForQuery',
  'handleCopyInResponse',
  'handleError',
]

// What a cursor or a stream calls, it calls while the socket is read: let that be in the context of its user.
function bindHandlers(query: Submittable): void {
  const run = AsyncLocalStorage.snapshot()
  for (const name of handlers) {
    const handle: unknown = Reflect.get(query, name)
    if (typeof handle !== 'function') continue
    Reflect.set(query, name, (...args: unknown[]) => run(() => Reflect.apply(handle, query, args)))
  }
}

// beside the prototype's own method, and not among the object's keys
function override<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  value: Target[Name],
): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true })
}
