import type { Action, Changes } from './changes.ts'
import { BackstoryError } from './errors.ts'
import { isJsonNumber, type JsonNumber, type JsonObject } from './json.ts'

/** One row of `audit_logs`: one action on one element. */
export interface Entry {
  /** Order of capture, as decimal text: a bigint does not fit a JavaScript number. */
  readonly id: string
  /** The table of the element, schema-qualified where the schema is not `public`. */
  readonly elementType: string
  /** The primary key as text; a composite key as the text of a JSON array in key order, `["a",1]`. */
  readonly elementId: string
  readonly scope: string | null
  /** The actor; null means that nobody was named. */
  readonly userId: string | null
  /** The clock at capture, UTC with microseconds: `2026-01-31T12:00:00.123456Z`. */
  readonly timestamp: string
  readonly action: Action
  readonly changes: Changes | null
  /** The database transaction, as decimal text. */
  readonly transactionId: string
  readonly context: JsonObject | null
}

/**
 * A primary key as a program has it: one value, or several in key order. A number that has to stay as PostgreSQL wrote
 * it, `1.50`, is `JSON.rawJSON('1.50')`, as states have it.
 */
export type ElementId =
  | string
  | number
  | bigint
  | JsonNumber
  | readonly (string | number | bigint | JsonNumber | boolean | null)[]

/**
 * The text by which the log knows an element: one key as it is, a composite one as a JSON array without white space.
 *
 * @throws BackstoryError `invalid_argument` for what can be no key: undefined, NaN, an object
 * @example formatElementId(['a', 1]) // '["a",1]'
 */
export function formatElementId(id: ElementId): string {
  if (isKey(id)) return isJsonNumber(id) ? id.rawJSON : String(id)
  if (!Array.isArray(id) || !id.every((part) => part === null || typeof part === 'boolean' || isKey(part))) {
    throw new BackstoryError(
      'invalid_argument',
      `An element id is a text, a number or a bigint, or a list of them for a composite key; it is ${nameKind(id)}.`,
    )
  }
  return `[${id.map((part) => (typeof part === 'bigint' ? String(part) : JSON.stringify(part))).join(',')}]`
}

function nameKind(value: unknown): string {
  if (typeof value === 'number') return String(value)
  return Array.isArray(value) ? 'a list that holds something else' : `of the type ${typeof value}`
}

function isKey(value: unknown): value is string | number | bigint | JsonNumber {
  return (
    typeof value === 'string' || typeof value === 'bigint' || Number.isFinite(value) || isJsonNumber(value)
  )
}
