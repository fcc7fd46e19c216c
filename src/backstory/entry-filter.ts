import { BackstoryError } from '../core/errors.ts'
import { parseAction, type Action } from '../core/changes.ts'
import { isEntryId } from '../core/cursor.ts'
import { formatElementId, type ElementId } from '../core/entry.ts'
import { formatJson, isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { parsePath } from '../core/path.ts'
import type { EntryConditions, ValueAt } from '../db/entry-conditions.ts'
import { formatTime, type Time } from './times.ts'

/** One value or several, any of which will do. */
export type OneOrMore<Value> = Value | readonly Value[]

/** What entries are about: every condition must hold. What is left out does not restrict. */
export interface EntryDescription {
  /** Entries by their ids. */
  readonly id?: OneOrMore<string>
  /** A table, by its name of today or one that it had. */
  readonly elementType?: OneOrMore<string>
  readonly elementId?: ElementId
  /** What elements belong to; null for those that belong to nothing. */
  readonly scope?: OneOrMore<string | null>
  /** The actor; null for the entries that name nobody. */
  readonly userId?: OneOrMore<string | null>
  readonly action?: OneOrMore<Action>
  readonly transactionId?: string
  /** At this time or later. */
  readonly since?: Time
  /** Before this time. */
  readonly until?: Time
  /** What the context contains: `{ requestId: 'x' }`. */
  readonly context?: JsonObject
  /**
   * Where the old and the new value differ: `attributes.rank`, `items.*.name`, `/attributes/a.b`. With several, at one
   * of them. The column goes by its name of today where `elementType` is given, by that of the entry where not.
   */
  readonly changed?: OneOrMore<string>
  /** What the old values contain, by path: `{ 'attributes.rank': 'novice' }`, `{ attributes: { rank: 'novice' } }`. */
  readonly oldValue?: JsonObject
  /** What the new values contain. */
  readonly newValue?: JsonObject
  /** Found in a text among the old or new values, in upper or lower case. Of several, each. */
  readonly text?: OneOrMore<string>
  /** Only deletions of elements that have not come back. */
  readonly gone?: boolean
  /** What must not hold: each of these, as a whole. */
  readonly not?: OneOrMore<EntryDescription>
}

/** Which entries to read, and how. A key that is not known is an error. */
export interface EntryFilter extends EntryDescription {
  /** Default: newest first. */
  readonly order?: 'newest' | 'oldest'
  /** How many entries a page holds, 1 to 1,000. Default: 50. */
  readonly limit?: number
  /** Where to go on: the `nextCursor` of a page of the same filter. */
  readonly cursor?: string
}

/** A filter that was checked: what the database is asked for. */
export interface ParsedFilter {
  readonly conditions: EntryConditions
  readonly order: 'newest' | 'oldest'
  readonly limit: number
}

/** Checks a filter. @throws BackstoryError `invalid_argument` */
export function parseFilter(filter: EntryFilter): ParsedFilter {
  const { order = 'newest', limit = 50, cursor: _, ...description } = filter
  const conditions = parseDescription(description, 'entries', ['order', 'limit', 'cursor'])
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw invalid(`limit must be a whole number from 1 to 1,000; it is ${limit}.`)
  }
  if (order !== 'newest' && order !== 'oldest') {
    throw invalid(`order must be newest or oldest; it is ${String(order)}.`)
  }
  return { conditions, order, limit }
}

/**
 * Checks what entries are asked for.
 *
 * @param verb which call, for its errors
 * @param others the keys that this call knows beside these
 * @throws BackstoryError `invalid_argument`
 */
export function parseDescription(
  description: EntryDescription,
  verb: string,
  others: readonly string[] = [],
): EntryConditions {
  for (const key of Object.keys(description)) {
    if (!knownKeys.has(key)) {
      throw invalid(`${verb}() knows no filter "${key}". It knows ${[...knownKeys, ...others].join(', ')}.`)
    }
  }
  const { id, elementType, elementId, scope, userId, action, transactionId, since, until } = description
  const { context, changed, oldValue, newValue, text, gone, not } = description
  if (transactionId !== undefined && !isTransactionId(transactionId)) {
    throw invalid(`transactionId is a decimal number as text; it is ${JSON.stringify(transactionId)}.`)
  }
  const texts = text === undefined ? undefined : parseTexts(text, 'text')
  if (texts?.includes('') === true) {
    throw invalid('text must not be empty: every entry would contain it.')
  }
  if (gone !== undefined && typeof gone !== 'boolean') {
    throw invalid(`gone must be true or false; it is ${String(gone)}.`)
  }
  return {
    ...(id === undefined ? {} : { ids: parseTexts(id, 'id', parseEntryId) }),
    ...(elementType === undefined ? {} : { elementTypes: parseTexts(elementType, 'elementType') }),
    ...(elementId === undefined ? {} : { elementId: parseText(formatElementId(elementId), 'elementId') }),
    ...(scope === undefined ? {} : { scopes: parseTexts<string | null>(scope, 'scope', parseNullable) }),
    ...(userId === undefined ? {} : { userIds: parseTexts<string | null>(userId, 'userId', parseNullable) }),
    ...(action === undefined ? {} : { actions: [action].flat().map(parseAction) }),
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(since === undefined ? {} : { since: formatTime(since, 'since') }),
    ...(until === undefined ? {} : { until: formatTime(until, 'until') }),
    ...(context === undefined ? {} : { context: parseObject(context, 'context') }),
    ...(changed === undefined ? {} : { changed: parseTexts(changed, 'changed').map(parsePath) }),
    ...(oldValue === undefined ? {} : { before: parseValues(oldValue, 'oldValue') }),
    ...(newValue === undefined ? {} : { after: parseValues(newValue, 'newValue') }),
    ...(texts === undefined ? {} : { texts }),
    ...(gone === true ? { isGone: true } : {}),
    ...(not === undefined ? {} : { not: parseNot(not, verb) }),
  }
}

function parseNot(not: OneOrMore<EntryDescription>, verb: string): readonly EntryConditions[] {
  const parts: readonly EntryDescription[] = isList(not) ? not : [not]
  if (parts.length > mostValues) {
    throw invalid(`not takes at most ${mostValues} descriptions; it has ${parts.length}.`)
  }
  return parts.map((part) => {
    if (
      typeof part !== 'object' ||
      part === null ||
      Object.values(part).every((value) => value === undefined)
    ) {
      throw invalid("not takes what must not hold, such as { action: 'read' }; it says nothing.")
    }
    return parseDescription(part, verb)
  })
}

const knownKeys: ReadonlySet<string> = new Set([
  'id',
  'elementType',
  'elementId',
  'scope',
  'userId',
  'action',
  'transactionId',
  'since',
  'until',
  'context',
  'changed',
  'oldValue',
  'newValue',
  'text',
  'gone',
  'not',
] satisfies (keyof EntryDescription)[])

const mostValues = 100

function parseTexts<Value extends string | null = string>(
  given: OneOrMore<Value>,
  name: string,
  parse: (value: Value, name: string) => Value = parseText,
): readonly Value[] {
  const values: readonly Value[] = isList(given) ? given : [given]
  if (values.length > mostValues) {
    throw invalid(`${name} takes at most ${mostValues} values; it has ${values.length}.`)
  }
  return values.map((value) => parse(value, name))
}

function isList<Value>(given: OneOrMore<Value>): given is readonly Value[] {
  return Array.isArray(given)
}

function parseNullable(value: string | null, name: string): string | null {
  return value === null ? null : parseText(value, name)
}

function parseText<Value extends string | null>(value: Value, name: string): Value {
  if (typeof value === 'string' && !value.includes('\0') && value.isWellFormed()) return value
  throw invalid(`${name} must be a text that PostgreSQL can hold; it is ${JSON.stringify(value)}.`)
}

function parseEntryId(id: string): string {
  if (isEntryId(id)) return id
  throw invalid(`An entry is known by a decimal number as text; it is ${JSON.stringify(id)}.`)
}

function isTransactionId(text: unknown): boolean {
  return typeof text === 'string' && /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n
}

function parseValues(values: JsonObject, name: string): readonly ValueAt[] {
  parseObject(values, name)
  return Object.entries(values).map(([path, value]) => ({ path: parsePath(path), value: formatJson(value) }))
}

function parseObject(value: JsonObject, name: string): string {
  if (!isJsonObject(value)) throw invalid(`${name} must be an object, such as { reason: 'retcon' }.`)
  if (!isStorable(value)) {
    throw invalid(
      `${name} holds what is no JSON value of PostgreSQL: undefined, NaN, a date, a NUL in a text …`,
    )
  }
  return formatJson(value)
}

function isStorable(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (value === undefined || typeof value === 'bigint' || typeof value === 'function') return false
  if (isJsonArray(value)) return value.every(isStorable)
  if (!isJsonObject(value)) return true
  return isPlain(value) && Object.entries(value).every(([key, item]) => isStorable(key) && isStorable(item))
}

// a Date or a Map would be written as something else
function isPlain(value: JsonObject): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function invalid(message: string): BackstoryError {
  return new BackstoryError('invalid_argument', message)
}
