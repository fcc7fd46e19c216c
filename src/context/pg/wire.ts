/**
 * The parts of `pg` that the rider touches, as they are since pg 8.0: not all of them are in its documentation,
 * none needs its types. What is asked of them is checked before anything is changed.
 */

/** A connection: what turns calls into protocol messages. Its methods send at once. */
export interface WireConnection {
  parse(message: { text?: string; name?: string; types?: readonly number[] }, ...rest: unknown[]): void
  bind(
    message: { portal?: string; statement?: string; values?: readonly unknown[] },
    ...rest: unknown[]
  ): void
  execute(message: { portal?: string; rows?: number }, ...rest: unknown[]): void
  sync(): void
  query(text: string): void
  /** Hands an answer to whoever waits for it: every one comes through here. */
  emit(event: string, message?: WireMessage, ...rest: unknown[]): boolean
  readonly stream: { cork?(): void; uncork?(): void }
  /** Named statements that the server knows, by name. */
  readonly parsedStatements?: Record<string, string>
  /** Those that it was sent, and has not answered for. */
  readonly submittedNamedStatements?: Record<string, string>
}

/** An answer of the server, as `pg` hands it to whoever waits for it. */
export interface WireMessage {
  /** Of ReadyForQuery: I, T or E. */
  readonly status?: string
  /** Of CommandComplete: the command. */
  readonly text?: string
  /** Of RowDescription, objects with a name; of DataRow, the values: a text each, or null. */
  readonly fields?: readonly unknown[]
  /** Of ParameterStatus. */
  readonly parameterName?: string
  readonly parameterValue?: string
}

/** Anything that `client.query` can submit: a `pg.Query`, a cursor, a query stream, a COPY stream. */
export interface Submittable {
  submit(connection: WireConnection): unknown
  text?: string
  name?: string
  values?: readonly unknown[]
  callback?: ((error: unknown, result?: unknown) => void) | undefined
  query_timeout?: number
  handleError?: (error: unknown, connection: WireConnection) => void
  handleRowDescription?: (message: WireMessage) => void
  handleDataRow?: (message: WireMessage) => void
  handleCommandComplete?: (message: WireMessage, connection: WireConnection) => void
  handleReadyForQuery?: (connection: WireConnection) => void
}

/** `pg.Query`, as the client's class carries it. */
export type QueryConstructor = new (config: unknown, values: unknown, callback: unknown) => Submittable

/** A `pg.Client`. */
export interface WireClient {
  readonly connection: WireConnection
  readonly pipeline?: boolean
  /** The server process of this connection, by what was said when it was made. */
  readonly processID?: number | null
  query: (this: WireClient, config: unknown, values?: unknown, callback?: unknown) => unknown
  connect: (this: WireClient, callback?: unknown) => unknown
}

/** Whether this is a client of the JavaScript driver: pg-native's has no `connection`. */
export function isWireClient(value: unknown): value is WireClient {
  return (
    hasMethods(value, ['query', 'connect']) && 'connection' in value && isWireConnection(value.connection)
  )
}

function isWireConnection(value: unknown): value is WireConnection {
  return (
    hasMethods(value, ['parse', 'bind', 'execute', 'sync', 'query', 'emit']) &&
    'stream' in value &&
    typeof value.stream === 'object'
  )
}

/** A class of such clients. */
export type WireClientClass = (abstract new (...args: never[]) => { readonly connection: object }) & {
  readonly Query: QueryConstructor
}

/** Whether this is a class of clients of the JavaScript driver: the queries of pg-native's are of another make. */
export function isWireClientClass(value: unknown): value is WireClientClass {
  return (
    typeof value === 'function' &&
    'Query' in value &&
    typeof value.Query === 'function' &&
    hasMethods(value.Query.prototype, [
      'submit',
      'handleRowDescription',
      'handleDataRow',
      'handleCommandComplete',
    ])
  )
}

/** Whether `client.query` would submit this itself, instead of making a `pg.Query` of it. */
export function isSubmittable(value: unknown): value is Submittable {
  return hasMethods(value, ['submit'])
}

function hasMethods<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Record<Name, (...args: never[]) => unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}
