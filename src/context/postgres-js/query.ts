/**
 * The parts of postgres.js that the rider touches, as they are in 3.4. A query is a promise that starts when it is
 * awaited, by handing itself to its `handler`; a connection writes what it is given in one go at the end of a turn
 * of the event loop, and answers in order.
 */
export interface Query extends Promise<unknown> {
  strings: readonly string[]
  readonly args: readonly unknown[]
  readonly options: QueryOptions
  handler: Run
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
  executed: boolean
  /** Whether the answers that come next are its own. */
  readonly active: boolean
  /** The server process that runs it, once it was sent. */
  state?: unknown
  cancelled?: unknown
  /** Set by `describe()`: nothing will be executed. */
  readonly onlyDescribe?: boolean
  cursorFn?: unknown
  forEachFn?: unknown
  /** Whether the statement is described first, and is bound and executed when that was answered. */
  describeFirst?: boolean
  /** The error after which the query is tried once more. */
  retried?: unknown
}

interface QueryOptions {
  readonly simple?: boolean
  /** Called when the query was put into the buffer of a connection. What it gives is what `execute` gives. */
  onexecute?: (connection: Connection) => unknown
}

/** Hands a query to a connection, or to the queue for one. */
export type Run = (query: Query) => unknown

/** A connection, as the option `onexecute` gives it away. */
export interface Connection {
  /** Puts a query into the buffer. Gives true, too, where the query could not be built. */
  execute(query: Query): unknown
  /**
   * Set while the connection is kept from the pool: called when everything on it is answered. Without `release` it
   * goes back to the pool by itself, once the server says that no transaction is open.
   */
  reserved?: Keep | null
}

/** Keeps a connection from the pool. */
export type Keep = (() => unknown) & { readonly release?: boolean }

/** A `sql`, or the one of a transaction or of a reserved connection: what the rider calls of it. */
export interface RawSql {
  (...args: unknown[]): unknown
  unsafe(text: string, args?: readonly unknown[], options?: QueryOptions): Query
  file(...args: unknown[]): Query
  /** Of the main one only. */
  readonly reserve?: () => Promise<RawSql>
  readonly begin?: (...args: unknown[]) => Promise<unknown>
  /** Of one in a transaction only. */
  readonly savepoint?: (...args: unknown[]) => Promise<unknown>
  readonly options?: { readonly max?: number }
  /** What the server said of its settings. */
  readonly parameters?: Readonly<Record<string, string | undefined>>
}

/** Whether this is a `sql` of postgres.js, by what is called of it. */
export function isRawSql(value: unknown): value is RawSql {
  return (
    typeof value === 'function' &&
    ['unsafe', 'file'].every((name) => typeof Reflect.get(value, name) === 'function')
  )
}

/** Whether this is a query, and not an identifier or another helper that `sql(…)` makes. */
export function isQuery(value: unknown): value is Query {
  return (
    value instanceof Promise &&
    ['handler', 'handle', 'resolve', 'reject'].every(
      (name) => typeof Reflect.get(value, name) === 'function',
    ) &&
    'strings' in value
  )
}

/** The query's text as far as the kinds of its statements go: fragments in their places, `$1` for whatever else. */
export function textOf(query: Query): string {
  return query.strings.reduce((text, part, index) => `${text}${fragmentOf(query.args[index - 1])}${part}`)
}

/** Inserts into the query's own strings what is to stand at certain places of its text. */
export function insertAt(query: Query, places: readonly number[], inserted: string): void {
  const starts: number[] = []
  let end = 0
  for (const [index, part] of query.strings.entries()) {
    starts.push(index === 0 ? 0 : end + fragmentOf(query.args[index - 1]).length)
    end = (starts[index] ?? 0) + part.length
  }
  query.strings = query.strings.map((part, index) => {
    const start = starts[index] ?? 0
    const next = starts[index + 1] ?? Number.POSITIVE_INFINITY
    return (
      places
        .filter((place) => place >= start && place < next)
        // a place within a fragment becomes the one before the fragment
        .map((place) => Math.min(place - start, part.length))
        .reduceRight((text, place) => text.slice(0, place) + inserted + text.slice(place), part)
    )
  })
}

function fragmentOf(arg: unknown): string {
  if (isQuery(arg)) return textOf(arg)
  return Array.isArray(arg) && isQuery(arg[0]) ? arg.map(fragmentOf).join(' ') : '$1'
}

/**
 * Whether a value of the query may be `undefined`, for which postgres.js fails to build its message. When that
 * happens while another query is under way on the connection, it upsets the order of answers: send it alone.
 */
export function mayHoldUndefined(args: readonly unknown[]): boolean {
  return args.some((arg) => {
    if (arg === undefined) return true
    if (typeof arg !== 'object' || arg === null) return false
    if (isQuery(arg)) return mayHoldUndefined(arg.args)
    if (Array.isArray(arg)) return isQuery(arg[0]) && mayHoldUndefined(arg)
    if ('value' in arg && arg.value === undefined) return true
    return 'first' in arg && [arg.first].flat().some(holdsUndefined)
  })
}

function holdsUndefined(row: unknown): boolean {
  return (
    row === undefined || (typeof row === 'object' && row !== null && Object.values(row).includes(undefined))
  )
}
