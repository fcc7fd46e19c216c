import { AsyncLocalStorage } from 'node:async_hooks'

import { riderColumn } from '../../db/carry-context.ts'
import { bindCallback } from '../bind-callback.ts'
import { currentContextText, inThisContext, withoutContext } from '../context.ts'
import { explainError } from '../explain-error.ts'
import { correctPosition, insertRiders } from '../insert-riders.ts'
import { assignLane, laneOf } from '../lane.ts'
import { idle, planRiders, standingAfter, type RiderPlan } from '../plan-riders.ts'
import type { Rider } from '../rider.ts'
import { statementKind } from '../statement-kind.ts'
import { hideRiders } from './answers.ts'
import {
  afterAnswers,
  createHold,
  explainByFailure,
  hearAnswer,
  hearOthers,
  holdBack,
  isHeldBack,
  settleHold,
} from './hold.ts'
import type { Passenger, Ride } from './ride-state.ts'
import { sendKept } from './send-kept.ts'
import {
  isSubmittable,
  type QueryConstructor,
  type Submittable,
  type WireClient,
  type WireConnection,
} from './wire.ts'

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
    hold: createHold(),
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
  } else submitAfterKept(ride, given)
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
  query.submit = function (this: Submittable, connection) {
    if (this !== query) standBehind(query, this)
    if (isHeldBack(query) && mayHoldBack(ride)) {
      ride.unanswered++
      holdBack(ride.hold, { query, submit, context: passenger.context }, connection)
      return null
    }
    const text = textOf(query, connection)
    connection.stream.cork?.()
    try {
      sendKept(ride, text, connection)
      ride.boarding = passenger
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
    const explained = explainError(explainByFailure(ride.hold, error), ride.rider.schema)
    handleError?.call(query, explained, connection)
  }
}

// Only what is known to be in a transaction may wait: a pipeline sends before it knows.
function mayHoldBack({ client, standing, hold }: Ride): boolean {
  return standing.block === 'open' && client.pipeline !== true && hold.sent.length === 0
}

// Its answers must not come in one piece with others.
function submitAfterKept(ride: Ride, given: Submittable): void {
  const { submit } = given
  given.submit = (connection) => {
    if (!sendKept(ride, textOf(given, connection), connection)) return submit.call(given, connection)
    afterAnswers(ride.hold, () => submit.call(given, connection))
    return null
  }
}

function textOf({ text, name = '' }: Submittable, { parsedStatements }: WireConnection): string {
  return text || (parsedStatements?.[name] ?? '')
}

/** Hears what the server says before anybody else does. */
function listen(ride: Ride): void {
  const { client, hold } = ride
  const { connection } = client
  const { emit } = connection
  override(connection, 'emit', (event, message, ...rest) => {
    const isToKept = hearAnswer(hold, event, message)
    const refusal = isToKept ? undefined : hearOthers(hold, event, message)
    if (refusal !== undefined) Reflect.apply(emit, connection, ['errorMessage', refusal])
    if (event === 'readyForQuery' && message?.status !== undefined) {
      if (!isToKept) ride.unanswered = Math.max(0, ride.unanswered - 1)
      // while answers are outstanding, what was sent since tells more than what was answered
      if (client.pipeline !== true || ride.unanswered === 0) {
        ride.standing = standingAfter(message.status, ride.standing)
      }
      settleHold(hold, message.status)
    }
    if (event === 'parameterStatus' && message?.parameterName === 'standard_conforming_strings') {
      ride.backslash = message.parameterValue === 'on' ? 'literal' : 'escape'
    }
    return isToKept || emit.call(connection, event, message, ...rest)
  })
}

// What boards nothing was sent past the client's own `query`, as a subclass does with `super.query`: what is held back goes
// in front of it too.
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
    if (boarding === undefined) sendKept(ride, message.text ?? '', connection)
    else {
      boarding.text = message.text ?? ''
      if (!message.name) sendRider(boarding, '')
    }
    parse.call(connection, message, ...rest)
  })
  override(connection, 'bind', (message, ...rest) => {
    const { boarding } = ride
    if (boarding === undefined) {
      // what is not known by its name was parsed just now
      const known = connection.parsedStatements?.[message.statement ?? '']
      if (known !== undefined) sendKept(ride, known, connection)
    } else {
      if (boarding.text === '') boarding.text = connection.parsedStatements?.[message.statement ?? ''] ?? ''
      sendRider(boarding, message.statement ?? '')
    }
    bind.call(connection, message, ...rest)
  })
  override(connection, 'query', (text) => {
    const { boarding } = ride
    if (boarding === undefined) sendKept(ride, text, connection)
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

// Instrumentation may submit a copy, which has the fields of a query and not its methods, and a comment in its text.
function standBehind(query: Submittable, copy: Submittable): void {
  Object.assign(query, { text: copy.text, callback: copy.callback })
  for (const name of handlers) {
    if (typeof Reflect.get(copy, name) === 'function') continue
    Reflect.set(copy, name, (...args: unknown[]) => {
      const handle: unknown = Reflect.get(query, name)
      return typeof handle === 'function' ? Reflect.apply(handle, query, args) : undefined
    })
  }
}

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
