import { AsyncLocalStorage } from 'node:async_hooks'

import { parseContext } from './parse-context.ts'

/** What kind of actor it is that acts. Nothing depends on it but people who read the log. */
export type ActorKind = 'user' | 'system' | 'agent' | 'api'

/**
 * Who acts, and under which circumstances. `userId` becomes the entry's `user_id`, everything else its `context`.
 * Any further key is kept, whatever JSON can hold: a date becomes its ISO text. Of a character that PostgreSQL's
 * `jsonb` cannot store (NUL, half of a surrogate pair) U+FFFD is kept.
 */
export interface Context {
  /** The actor, never empty. Without it the entries name nobody. */
  readonly userId?: string | undefined
  readonly actorKind?: ActorKind | undefined
  /** For whom the actor acts: the customer of a support agent, the user of an AI agent. */
  readonly onBehalfOf?: string | undefined
  readonly requestId?: string | undefined
  readonly reason?: string | undefined
  readonly ip?: string | undefined
  readonly outcome?: string | undefined
  /** The W3C trace context header, to find the trace of the request that wrote. */
  readonly traceparent?: string | undefined
  readonly [key: string]: unknown
}

/** What is in force inside `actingAs`: the merged context, and the text that stands for it among the riders. */
interface Acting {
  readonly context: Context
  readonly text: string
}

/**
 * Runs `work` so that every write in it, however deep, is recorded with `context`: across awaits, timers and
 * events, and beside other requests. Gives what `work` gives. A thenable that has not started yet (a query builder
 * of Knex, Drizzle, Prisma or postgres.js) is started inside, and a promise of its result is given back.
 *
 * Nested, the inner context adds to the outer: its keys win, and a key that is `undefined` is taken away.
 * What outlives `work`, such as a timer that was started in it, keeps the context.
 *
 * @throws BackstoryError `invalid_context` when it is not an object that JSON can hold, before `work` runs
 *
 * @example
 * await actingAs({ userId: 'ada', reason: 'retcon' }, () => db.update(characters).set({ name: 'Sparrowhawk' }))
 */
export function actingAs<Value>(context: Context, work: () => PromiseLike<Value>): Promise<Value>
export function actingAs<Value>(context: Context, work: () => Value): Value
export function actingAs(context: Context, work: () => unknown): unknown {
  const merged = { ...storage.getStore()?.context, ...parseContext(context) }
  const present = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
  const text = textOf(present)
  return storage.run({ context: Object.freeze(present), text }, () => started(work()))
}

/**
 * Runs `work` as if it were outside of every `actingAs`: for what a request sets off but does not answer for.
 * `withoutContext(() => actingAs({ userId: 'mailer', actorKind: 'system' }, send))` starts from nothing.
 */
export function withoutContext<Value>(work: () => PromiseLike<Value>): Promise<Value>
export function withoutContext<Value>(work: () => Value): Value
export function withoutContext(work: () => unknown): unknown {
  return storage.run(undefined, () => started(work()))
}

/** The context in force here, merged from every enclosing `actingAs`; nothing outside of one. */
export function currentContext(): Context | undefined {
  return storage.getStore()?.context
}

/**
 * The text of the context in force here, by which riders know one from another; `''` where there is none.
 * `splitContextText` takes it apart.
 */
export function currentContextText(): string {
  return storage.getStore()?.text ?? ''
}

/**
 * `work`, to be run by whomever, in the context in force here. Not bound by `AsyncResource`, which would take other
 * people's storages along: that costs some 7 µs, and every query needs it twice.
 */
export function inThisContext<Args extends readonly unknown[], Value>(
  work: (...args: Args) => Value,
): (...args: Args) => Value {
  const acting = storage.getStore()
  return (...args) => storage.run(acting, () => work(...args))
}

/** The actor and the JSON text of the circumstances, each `''` where there is none. */
export function splitContextText(text: string): readonly [userId: string, circumstances: string] {
  const end = text.indexOf('\n')
  return end < 0 ? ['', ''] : [text.slice(end + 1), text.slice(0, end)]
}

// JSON text holds no line break, an actor's name may
function textOf({ userId = '', ...circumstances }: Context): string {
  const rest = Object.keys(circumstances).length === 0 ? '' : JSON.stringify(circumstances)
  return rest === '' && userId === '' ? '' : `${rest}\n${userId}`
}

/**
 * Starts what work has given back, if that is a thenable: a lazy one runs when it is awaited, which is after this
 * context has been left.
 */
export function started(value: unknown): unknown {
  return isThenable(value) ? Promise.resolve(value) : value
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  )
}

// Bundlers and package managers may load this module twice in one process. Were there two storages, the writes of
// one copy would silently miss the actor of the other.
const storage = sharedStorage(Symbol.for('backstory.context.1'))

function sharedStorage(key: symbol): AsyncLocalStorage<Acting | undefined> {
  const existing: unknown = Reflect.get(globalThis, key)
  // only this function writes under this key
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the class is checked, its parameter cannot be
  if (existing instanceof AsyncLocalStorage) return existing as AsyncLocalStorage<Acting | undefined>
  const created = new AsyncLocalStorage<Acting | undefined>()
  Object.defineProperty(globalThis, key, { value: created })
  return created
}
