import type { Rider } from '../rider.ts'
import { board, ended, failWith, ours, skip } from './board.ts'
import type { Query, RawSql, Run } from './query.ts'

/** Runs a query in an open transaction with the rider in front of it, both in one write to the socket. */
export function runBehindRider(
  query: Query,
  context: string,
  lane: { readonly sql: RawSql; readonly rider: Rider; readonly run: Run },
): void {
  const { sql, run } = lane
  let boarded = false
  const rider = sql.unsafe(lane.rider.inline(context), [], {
    onexecute: (connection) => {
      boarded = true
      const boarding = board(connection, query)
      if (boarding === 'unbuilt') {
        skip(query)
        connection.execute(ours(sql.unsafe('')))
        query.reject(failure.error())
      }
      // as it would be for the query itself: what is being described keeps others from the connection
      return boarding !== 'describing'
    },
  })
  const failure = failWith(rider, query, lane.rider.schema)
  run(ours(rider))
  // a rider that fills the socket's buffer is executed without a word
  void ended(rider).then(() => {
    if (!boarded) run(query)
  })
}
