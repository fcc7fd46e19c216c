import { riderColumn } from '../../db/carry-context.ts'
import { BackstoryError } from '../../core/errors.ts'
import { currentContextText } from '../context.ts'
import { explainError } from '../explain-error.ts'
import { correctPosition, insertRiders } from '../insert-riders.ts'
import { assignLane, type Lane } from '../lane.ts'
import { idle, opened, planRiders } from '../plan-riders.ts'
import { createRider, type AuditedOptions, type Rider } from '../rider.ts'

/** A PGlite, as far as its type is needed. */
export interface PgliteDatabase {
  query(...args: never[]): PromiseLike<unknown>
  exec(...args: never[]): PromiseLike<unknown>
  transaction(...args: never[]): PromiseLike<unknown>
}

/**
 * Makes a PGlite carry the context of `actingAs` with every write (`query`, `sql`, `exec`, and those of
 * `transaction`), and gives the same object back. Outside of a transaction a write is wrapped in one. Doing it twice
 * is doing it once.
 *
 * What does not carry it by itself, outside of a transaction: `select f()`, `call`, a `do` block that ends
 * transactions. `backstory.transaction` is for those. `runExclusive` and the protocol methods are left alone.
 *
 * @throws BackstoryError `cannot_carry_context` where this is not a PGlite, `invalid_argument` for a schema that is
 * no plain name, or another one than before
 *
 * @example
 * const db = audited(await PGlite.create())
 * await actingAs({ userId: 'ada' }, () => db.query('update characters set name = $1', ['Sparrowhawk']))
 */
export function audited<Database extends PgliteDatabase>(
  database: Database,
  options: AuditedOptions = {},
): Database {
  const rider = createRider(options)
  const before = schemas.get(database)
  if (before === rider.schema) return database
  if (before !== undefined) {
    throw new BackstoryError(
      'invalid_argument',
      `This database is audited already, for the schema '${before}': it cannot be for '${rider.schema}' too.`,
    )
  }
  if (!isRawPglite(database)) {
    throw new BackstoryError('cannot_carry_context', 'audited of backstory/pglite takes a PGlite.')
  }
  schemas.set(database, rider.schema)
  ride(database, rider)
  return database
}

const schemas = new WeakMap<object, string>()

/** What the rider calls: of the database, and of a transaction of it. */
interface Queries {
  query(text: string, ...rest: unknown[]): Promise<unknown>
  exec(text: string, ...rest: unknown[]): Promise<readonly Result[]>
}

interface RawPglite extends Queries {
  transaction(work: (transaction: RawTransaction) => Promise<unknown>): Promise<unknown>
}

interface RawTransaction extends Queries {
  sql(strings: readonly string[], ...values: unknown[]): Promise<unknown>
}

interface Result {
  readonly fields?: readonly { readonly name: string }[]
}

function isRawPglite(value: unknown): value is RawPglite {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['query', 'exec', 'transaction', 'runExclusive'].every(
      (name) => typeof Reflect.get(value, name) === 'function',
    )
  )
}

function ride(database: RawPglite, rider: Rider): void {
  const lane: Lane = { standing: idle }
  const raw: RawPglite = {
    query: database.query.bind(database),
    exec: database.exec.bind(database),
    transaction: database.transaction.bind(database),
  }
  const methods: RawPglite = {
    query: (text, ...rest) =>
      explained(rider, () => {
        const { standing } = lane
        if (!mustCarry(lane, text)) return raw.query(text, ...rest)
        const context = currentContextText()
        if (standing.block === 'open')
          return queryAfter(raw.query(rider.bound, rider.values(context)), raw.query(text, ...rest))
        return raw.transaction(async (transaction) => {
          await transaction.query(rider.bound, rider.values(context))
          return transaction.query(text, ...rest)
        })
      }),
    exec: (text, ...rest) => execute(raw, lane, rider, text, rest),
    transaction: (work) => raw.transaction((transaction) => work(rideTransaction(transaction, rider))),
  }
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(database, name, { value, writable: true, configurable: true })
  }
}

function rideTransaction(transaction: RawTransaction, rider: Rider): RawTransaction {
  const lane: Lane = { standing: opened }
  const carry = (text: string, work: () => Promise<unknown>) =>
    explained(rider, () =>
      mustCarry(lane, text)
        ? queryAfter(transaction.query(rider.bound, rider.values(currentContextText())), work())
        : work(),
    )
  const methods: RawTransaction = {
    query: (text, ...rest) => carry(text, () => transaction.query(text, ...rest)),
    sql: (strings, ...values) => carry(textOf(strings, values), () => transaction.sql(strings, ...values)),
    exec: (text, ...rest) => execute(transaction, lane, rider, text, rest),
  }
  const riding = new Proxy(transaction, {
    get: (target, name) => (isKeyOf(methods, name) ? methods[name] : Reflect.get(target, name)),
  })
  assignLane(riding, lane)
  return riding
}

function isKeyOf<Target extends object>(target: Target, key: PropertyKey): key is keyof Target {
  return Object.hasOwn(target, key)
}

function mustCarry(lane: Lane, text: string): boolean {
  const plan = planRiders({ text, statements: 'one' }, currentContextText(), lane.standing)
  lane.standing = plan.standing
  return plan.places.length > 0
}

// Both wait in PGlite's own queue, one behind the other. Where the first fails the second does too, for that reason.
async function queryAfter(lead: Promise<unknown>, query: Promise<unknown>): Promise<unknown> {
  const [first, second] = await Promise.allSettled([lead, query])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return second.value
}

function execute(
  queries: Queries,
  lane: Lane,
  rider: Rider,
  text: string,
  rest: readonly unknown[],
): Promise<readonly Result[]> {
  const context = currentContextText()
  const { places, standing } = planRiders({ text, statements: 'many' }, context, lane.standing)
  lane.standing = standing
  const inserted = insertRiders(text, places, rider.inline(context))
  return explained(rider, async () => {
    try {
      const results = await queries.exec(inserted.text, ...rest)
      return results.filter(({ fields }) => fields?.[0]?.name !== riderColumn)
    } catch (error) {
      correctPosition(error, inserted.insertions)
      throw error
    }
  })
}

async function explained<Value>(rider: Rider, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw explainError(error, rider.schema)
  }
}

/** The text of a template as far as the kind of its statement goes: spliced text in its place, `$1` for values. */
function textOf(strings: readonly string[], values: readonly unknown[]): string {
  return strings.reduce((text, part, index) => `${text}${splicedText(values[index - 1])}${part}`)
}

// identifiers and raw text are objects with the strings that they are made of
function splicedText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '$1'
  if (
    'strings' in value &&
    Array.isArray(value.strings) &&
    'values' in value &&
    Array.isArray(value.values)
  ) {
    return textOf(value.strings.map(String), value.values)
  }
  return 'str' in value ? String(value.str) : '$1'
}
