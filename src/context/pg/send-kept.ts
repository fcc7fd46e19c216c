import { ownProcess } from '../../db/carry-context.ts'
import { listsGroups } from '../../db/flush.ts'
import { planRiders } from '../plan-riders.ts'
import { noteSavepoint, takeKept, type Kept } from './hold.ts'
import { callMade, explainMade, learnMade, type Sent } from './made.ts'
import type { Ride } from './ride-state.ts'
import type { Submittable, WireConnection, WireMessage } from './wire.ts'

/**
 * Sends what is held back in front of a text, as a batch of its own. Gives whether anything was: its answers will come
 * before those to the text.
 */
export function sendKept(ride: Ride, text: string, connection: WireConnection): boolean {
  const kept = takeKept(ride.hold, text)
  noteSavepoint(ride.hold, text)
  if (kept.length > 0) sendBatch(ride, kept, connection)
  ride.hold.behind = text
  return kept.length > 0
}

function sendBatch(ride: Ride, kept: readonly Kept[], connection: WireConnection): void {
  const parses: Parse[] = []
  const statements: Sent[] = []
  const { made, isOverlapping } = ride.hold
  const quiet = quietOf(connection)
  quiet.parses = parses
  // the first batch asks which process answers: see `link`
  if (ride.link === 'unknown') {
    sendAsking(quiet.connection)
    statements.push(neither)
  }
  for (const one of kept) {
    bringContext(ride, one)
    // a condition that is kept under a name keeps the types of its values, whatever its columns become
    const isNamed = listsGroups(one.query.text ?? '')
    statements.push(isOverlapping ? neither : callMade(made, one, ride.rider.schema))
    if (isNamed) nameKept(ride, one.query)
    one.submit.call(one.query, quiet.connection)
  }
  connection.sync()
  ride.hold.sent.push({
    hear: (event, message) => {
      if (event === 'parseComplete') learn(parses.shift(), connection)
      if (event === 'dataRow' && ride.link === 'unknown') {
        ride.link = Number(message?.fields?.[0]) === ride.client.processID ? 'direct' : 'pooled'
      } else if (event === 'dataRow' && statements[0] !== undefined && message !== undefined) {
        learnMade(made, statements[0], message, ride.rider.schema)
      }
      if (event === 'commandComplete') statements.shift()
      if (event === 'errorMessage') forget(ride, message, connection)
    },
    explain: (error) => explainMade(made, statements[0], error),
    afterwards: () => undefined,
  })
}

const neither: Sent = { asked: undefined, called: undefined }

interface Parse {
  readonly text?: string
  readonly name?: string
}

/** A connection for the queries of batches: nobody asks what they answer, and a batch ends elsewhere. */
interface Quiet {
  readonly connection: WireConnection
  /** What the batch has parsed, until it is answered. */
  parses: Parse[]
}

// made once: an object that is described anew is slow to make, and slow to whoever reads through it
const quietOnes = new WeakMap<WireConnection, Quiet>()

function quietOf(connection: WireConnection): Quiet {
  const known = quietOnes.get(connection)
  if (known !== undefined) return known
  const ignore = () => undefined
  const parse: WireConnection['parse'] = (message, ...rest) => {
    // before 8.23 pg keeps in mind what is parsed, and not what it has sent
    if (message.name && quiet.parses.some(({ name }) => name === message.name)) return
    quiet.parses.push(message)
    connection.parse(message, ...rest)
  }
  const quiet: Quiet = {
    connection: Object.create(connection, {
      parse: { value: parse },
      describe: { value: ignore },
      sync: { value: ignore },
    }),
    parses: [],
  }
  quietOnes.set(connection, quiet)
  return quiet
}

function sendAsking(connection: WireConnection): void {
  connection.parse({ text: ownProcess, name: '' })
  connection.bind({ portal: '', statement: '', values: [] })
  connection.execute({ portal: '', rows: 0 })
}

/** A photograph puts the context in force, as a rider would; a record that names none is not to find another's there. */
function bringContext(ride: Ride, { query, context, isPhotograph }: Kept): void {
  const { values = [] } = query
  if (!isPhotograph) {
    if (values[2] !== null) return
    const { places } = planRiders({ text: 'select', statements: 'one' }, context, ride.standing)
    if (places.length > 0) query.values = [...values.slice(0, 2), ...ride.rider.values(context)]
    return
  }
  const { places, standing } = planRiders({ text: 'insert', statements: 'one' }, context, ride.standing)
  ride.standing = standing
  if (places.length > 0) {
    query.values = [...values.slice(0, -3), ...ride.rider.values(context), ...values.slice(-1)]
  }
}

// One of few texts is parsed once a connection.
function nameKept({ link, named, hold }: Ride, query: Submittable): void {
  const { text = '' } = query
  if (link !== 'direct' || named === 'never') return
  if (!hold.names.has(text) && hold.names.size < mostNames) {
    hold.names.set(text, `backstory.held_${hold.names.size}`)
  }
  const name = hold.names.get(text)
  if (name !== undefined) query.name = name
}

const mostNames = 64

function learn(parsed: Parse | undefined, { parsedStatements = {} }: WireConnection): void {
  if (parsed?.name && parsed.text !== undefined) parsedStatements[parsed.name] = parsed.text
}

function forget(
  ride: Ride,
  error: WireMessage | undefined,
  { submittedNamedStatements = {} }: WireConnection,
): void {
  for (const name of ride.hold.names.values()) delete submittedNamedStatements[name]
  // somebody made the server forget names where no text says so, in a function
  if (error !== undefined && 'code' in error && error.code === '26000') ride.named = 'never'
}
