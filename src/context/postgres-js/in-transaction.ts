import type { Rider } from '../rider.ts'
import { board, ended, failWith, giveUp, ours } from './board.ts'
import type { Query, RawSql, Run } from './query.ts'

/**
 * Runs a query in an open transaction with the rider in front of it, both in one write to the socket.
 *
 * `broken` is told the error of a query that could not be built: its connection, and so the transaction, is ended.
 */
export function runBehindRider(
  query: Query,
  context: string,
  lane: {
    readonly sql: RawSql
    readonly rider: Rider
    readonly run: Run
    readonly broken: (error: unknown) => void
  },
): void {
  let boarded = false
  const rider = lane.sql.unsafe(lane.rider.inline(context), [], {
    onexecute: (connection) => {
      boarded = true
      const boarding = board(connection, query)
      if (boarding === 'unbuilt') {
        lane.broken(failure.error())
        giveUp(connection)
      }
      // as it would be for the query itself: what is being described keeps others from the connection
      return boarding !== 'describing'
    },
  })
  const failure = failWith(rider, query, lane.rider.schema)
  lane.run(ours(rider))
  // a rider that fills the socket's buffer is executed without a word
  void ended(rider).then(() => {
    if (!boarded) lane.run(query)
  })
}
