import { BackstoryError } from './errors.ts'

/**
 * A number that a JavaScript number would not print again exactly as it was written: `1.0`, `40` digits,
 * `12345678901234567890`. It is what `JSON.rawJSON` makes: frozen, without a prototype.
 */
export interface JsonNumber {
  /** The number as PostgreSQL wrote it. */
  readonly rawJSON: string
}

/** A JSON object. Every key is an own data property, `__proto__` included. */
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** What JSON text means, with no number changed on the way. */
export type JsonValue = null | boolean | number | string | JsonNumber | readonly JsonValue[] | JsonObject

/**
 * Reads JSON text as PostgreSQL's `jsonb` prints it and loses nothing: `formatJson` is the inverse.
 *
 * A number is a JavaScript number if that prints as it was written, and a `JsonNumber` otherwise. Costs what
 * `JSON.parse` does, and about ten times as much for a text in which some number needs to be kept as text.
 *
 * @throws BackstoryError `invalid_argument`: the text is not JSON.
 *
 * @example
 * parseJson('{"hp": 12, "weight": 1.50}') // { hp: 12, weight: JSON.rawJSON('1.50') }
 */
export function parseJson(text: string): JsonValue {
  try {
    return inexactNumber.test(text) ? JSON.parse(text, keepInexact) : JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // The engine's own message quotes the text, which may hold what nobody may see: it is no `cause`.
    throw new BackstoryError(
      'invalid_argument',
      'The text is not JSON. Pass what PostgreSQL prints for a jsonb.',
    )
  }
}

/**
 * Reads the text of a JSON object, such as a row image.
 *
 * @throws BackstoryError `invalid_argument`: the text is not JSON, or no object.
 */
export function parseJsonObject(text: string): JsonObject {
  const value = parseJson(text)
  if (isJsonObject(value)) return value
  throw new BackstoryError('invalid_argument', 'The JSON text is not an object.')
}

/** Writes JSON text without spaces, every number as it was read. The inverse of `parseJson`. */
export function formatJson(value: JsonValue): string {
  return JSON.stringify(value)
}

/** Whether a value is a number that is kept as text. */
export function isJsonNumber(value: unknown): value is JsonNumber {
  return JSON.isRawJSON(value)
}

/** Whether a value is an array. */
export function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** Whether a value is an object, and no array and no number that is kept as text. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}

/** The value under an own key, or undefined; never what `Object.prototype` has under that name. */
export function getJsonKey(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/**
 * Whether two values have the same `jsonb` text: `1` and `1.0` differ, as do `1` and `"1"`; the order of keys
 * says nothing. Numbers are compared as they were written, as `jsonb` has already made `1e2` and `100` the same.
 */
export function isSameJson(one: JsonValue, other: JsonValue): boolean {
  if (one === other) return true
  if (isJsonArray(one)) {
    return (
      isJsonArray(other) &&
      one.length === other.length &&
      one.every((item, index) => {
        const counterpart = other[index]
        return counterpart !== undefined && isSameJson(item, counterpart)
      })
    )
  }
  if (isJsonObject(one)) {
    if (!isJsonObject(other)) return false
    const keys = Object.keys(one)
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => {
        const [value, counterpart] = [getJsonKey(one, key), getJsonKey(other, key)]
        return value !== undefined && counterpart !== undefined && isSameJson(value, counterpart)
      })
    )
  }
  const text = numberText(one)
  return text !== undefined && text === numberText(other)
}

function numberText(value: JsonValue): string | undefined {
  if (typeof value === 'number') return String(value)
  return isJsonNumber(value) ? value.rawJSON : undefined
}

/**
 * Finds every number that `String(Number(text))` does not give back, and sometimes one that it does: more than
 * 15 digits, a zero at the end of a fraction, an exponent, a fraction below a millionth, minus zero. What looks
 * like one inside of a string only costs the time of the careful way. It looks for a digit first and only then at what is
 * in front of it, because texts have many more spaces and commas than digits: half the time.
 */
const inexactNumber =
  /\d(?<=(?:^|[[:,\s])-?\d)(?:\d*\.\d*0(?!\d)|[\d.]{15}|[\d.]*[eE]|(?<=0)\.0{6}|(?<=-0)(?![.\d]))/

function keepInexact(_key: string, value: JsonValue, context: { readonly source?: string }): JsonValue {
  const { source } = context
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? JSON.rawJSON(source)
    : value
}

/** The global `JSON`, with what TypeScript's library does not know yet (Node 22, browsers of 2025). */
declare const JSON: {
  parse(text: string): JsonValue
  parse(text: string, reviver: typeof keepInexact): JsonValue
  stringify(value: JsonValue): string
  rawJSON(text: string): JsonNumber
  isRawJSON(value: unknown): value is JsonNumber
}
