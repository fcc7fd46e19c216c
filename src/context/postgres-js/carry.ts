import { bindCallback } from '../bind-callback.ts'
import { currentContextText, withoutContext } from '../context.ts'
import { explainError } from '../explain-error.ts'
import { correctPosition, insertRiders, type Insertion } from '../insert-riders.ts'
import type { Lane } from '../lane.ts'
import { planRiders } from '../plan-riders.ts'
import type { Rider } from '../rider.ts'
import { firstWord } from '../statement-kind.ts'
import { runAlone } from './autocommit.ts'
import { runBehindRider } from './in-transaction.ts'
import { insertAt, textOf, type Query, type RawSql, type Run } from './query.ts'

/** A postgres.js `sql` with its rider. */
export interface Ride extends Lane {
  readonly sql: RawSql
  readonly rider: Rider
  /**
   * `many`: every query may run on another connection, each in a transaction of its own. `one`: they run in order,
   * and what is in force is known from what was sent, be it that transactions are opened by hand.
   */
  readonly connections: 'one' | 'many'
}

/**
 * Runs a query that was started in this context. Where its text goes out as it is (`unsafe` without values, COPY),
 * the rider stands in that text. Otherwise it is a query in front, in the same write to the socket: alone in an
 * open transaction, with `begin`, and `commit` behind, outside of one.
 */
export function carry(ride: Ride, query: Query, run: Run): void {
  const context = currentContextText()
  const insertions: Insertion[] = []
  const { reject } = query
  query.reject = (error) => {
    correctPosition(error, insertions)
    reject(explainError(error, ride.rider.schema))
  }
  if (query.forEachFn !== undefined) query.forEachFn = bindCallback(query.forEachFn)
  if (query.cursorFn !== undefined) query.cursorFn = bindCallback(query.cursorFn)
  // a connection that is made on the way must not remember who needed it first
  withoutContext(() => {
    try {
      if (query.onlyDescribe === true) run(query)
      else send(ride, query, run, context, insertions)
    } catch (error) {
      query.reject(error)
    }
  })
}

function send(ride: Ride, query: Query, run: Run, context: string, insertions: Insertion[]): void {
  const { rider, sql } = ride
  const { block } = ride.standing
  const statements = query.options.simple === true ? 'many' : 'one'
  const text = textOf(query)
  const backslash = sql.parameters?.['standard_conforming_strings'] === 'on' ? 'literal' : 'unknown'
  const { places, standing } = planRiders({ text, statements, backslash }, context, ride.standing)
  if (ride.connections === 'one') ride.standing = standing
  if (places.length === 0) {
    run(query)
  } else if (statements === 'many') {
    const inserted = rider.block(context)
    insertions.push(...insertRiders(text, places, inserted).insertions)
    insertAt(query, places, inserted)
    hideFirstResult(query, text, places)
    run(query)
  } else if (block === 'open') {
    runBehindRider(query, context, { sql, rider, run })
  } else if (query.cursorFn !== undefined) {
    // only its reader knows when a cursor has ended, and so its transaction
    run(query)
  } else {
    runAlone({ query, context, rider, sql, run })
  }
}

// A rider in front of a statement that gives rows is answered by a result of its own, of several. In front of any
// other its result and that of the statement are one.
function hideFirstResult(query: Query, text: string, places: readonly number[]): void {
  const first = firstWord(text)
  if ((places[0] ?? 0) > first.start || first.word === 'do') return
  const { resolve } = query
  query.resolve = (value) => {
    const isOfSeveral = Array.isArray(value) && !('command' in value)
    if (!isOfSeveral || Reflect.get(Object(value[0]), 'command') !== 'DO') return resolve(value)
    return resolve(value.length === 2 ? value[1] : value.slice(1))
  }
}
