import type { Rider } from '../rider.ts'
import { board, ended, failWith, ours, skip } from './board.ts'
import { mayHoldUndefined, type Connection, type Keep, type Query, type RawSql, type Run } from './query.ts'

/** A query that writes outside of a transaction, and where it is to run. */
export interface LoneWrite {
  readonly query: Query
  readonly context: string
  readonly rider: Rider
  readonly sql: RawSql
  readonly run: Run
}

/**
 * Runs a write in a transaction of its own: `begin`, the rider, the write and `commit` leave in one write to the
 * socket, so that it takes no round trip more. It resolves when it is committed.
 *
 * `begin` is given to the driver, which finds a connection for it; that is kept from the pool until the server says
 * that the transaction has ended, as it is in postgres.js's own `sql.begin`.
 */
export function runAlone(write: LoneWrite): void {
  const { query, sql } = write
  const { resolve, reject } = query
  const rider = ours(sql.unsafe(write.rider.inline(write.context)))
  const commit = ours(sql.unsafe('commit'))
  const committed = ended(commit)
  let connection: Connection | undefined
  let ending = false
  const end = () => {
    if (ending || connection === undefined) return
    ending = true
    connection.execute(commit)
  }
  query.resolve = (value) => {
    end()
    void committed.then((error) => (error === undefined ? resolve(value) : reject(error)))
  }
  query.reject = (error) => {
    if (isServerError(error)) {
      end()
      void committed.then(() => reject(error))
    } else {
      // the connection may be dead, in which case it is let go right after this
      queueMicrotask(() => {
        if (connection?.reserved === keep) end()
      })
      reject(error)
    }
  }
  const failure = failWith(rider, query, write.rider.schema)
  retryWhole(query, committed, () => {
    void Object.assign(query, { resolve, reject })
    runAlone(write)
  })
  const send = (on: Connection) => {
    const boarding = board(on, query)
    if (boarding === 'sent') end()
    else if (boarding === 'describing') afterDescribing(query, end)
    return boarding
  }

  let waiting = false
  let before: Keep | null | undefined
  const keep = Object.assign(
    () => {
      if (connection === undefined) return
      if (waiting) {
        waiting = false
        if (failure.error() === undefined) send(connection)
        else query.reject(failure.error())
      } else if (ending && before) {
        connection.reserved = before
        before()
      }
    },
    { release: false },
  )
  const begin = sql.unsafe('begin', [], {
    onexecute: (given) => {
      connection = given
      before = given.reserved
      keep.release = Boolean(before)
      given.reserved = keep
      given.execute(rider)
      // what cannot be built is refused in order only where nothing is under way
      waiting = !begin.active || mayHoldUndefined(query.args)
      if (!waiting && send(given) === 'unbuilt') skip(query)
      // the pool sends nothing else there
      return false
    },
  })
  // no connection could be had, or the error of the query itself, put down to what is under way
  const { reject: rejectBegin } = begin
  begin.reject = (error) => {
    rejectBegin(error)
    query.reject(error)
  }
  write.run(ours(begin))
}

/** Calls `then` when a statement that is described first has been bound and executed. */
function afterDescribing(query: Query, then: () => void): void {
  let describing = true
  void Object.defineProperty(query, 'describeFirst', {
    configurable: true,
    get: () => describing,
    set: (value: boolean) => {
      describing = value
      if (!value) then()
    },
  })
}

// postgres.js tries a query again when its prepared statement has gone stale. Behind our commit that would be outside
// of the transaction, without the context: the whole transaction is tried again instead.
function retryWhole(query: Query, committed: Promise<unknown>, again: () => void): void {
  if (query.retried !== undefined) return
  void Object.defineProperty(query, 'retried', {
    configurable: true,
    get: () => undefined,
    set: (error: unknown) => {
      // what is cancelled is not sent
      query.cancelled = true
      void committed.then(() => {
        query.cancelled = null
        void Object.defineProperty(query, 'retried', { value: error, writable: true })
        again()
      })
    },
  })
}

function isServerError(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR'
}
