import type { Insertion } from '../insert-riders.ts'
import type { Lane } from '../lane.ts'
import type { Rider } from '../rider.ts'
import type { BackslashMeaning } from '../split-statements.ts'
import type { Hold } from './hold.ts'
import type { Submittable, WireClient } from './wire.ts'

/** A client with its rider. */
export interface Ride extends Lane {
  readonly client: WireClient
  readonly rider: Rider
  /** What is held back on it. */
  readonly hold: Hold
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
export interface Passenger {
  readonly query: Submittable
  readonly context: string
  text: string
  decided: boolean
  /** Whether it has the rider parsed under its name. */
  namesRider: boolean
  insertions: readonly Insertion[]
}
