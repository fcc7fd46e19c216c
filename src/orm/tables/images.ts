import type { JsonNumber, JsonValue } from '../../core/json.ts'

/** What `to_jsonb` writes in place of a number that JSON does not have. */
export type NonFinite = 'NaN' | 'Infinity' | '-Infinity'

/**
 * A value inside of a JSON document, as a state holds it: what `JSON.stringify` makes of it, every number as PostgreSQL
 * wrote it.
 */
export type DocumentImage<Value> = unknown extends Value
  ? JsonValue
  : Value extends null | boolean | string
    ? Value
    : Value extends number
      ? number | JsonNumber
      : Value extends { toJSON(...args: never[]): infer Image }
        ? DocumentImage<Image>
        : Value extends readonly (infer Item)[]
          ? readonly DocumentImage<Item>[]
          : Value extends object
            ? { readonly [Key in keyof Value]: DocumentImage<Value[Key]> }
            : undefined

/**
 * The value of a column, as a state holds it, from the type that a library gives it. PostgreSQL writes it, so that a date
 * or bytes are texts, and a `numeric` or `bigint` is a number where drivers make it a text: what a library types as
 * `string` may be either.
 */
export type ColumnImage<Value> = unknown extends Value
  ? JsonValue
  : Value extends null | boolean
    ? Value
    : Value extends undefined
      ? null
      : Value extends string
        ? string extends Value
          ? string | number | JsonNumber
          : Value
        : Value extends number
          ? number | JsonNumber | NonFinite
          : Value extends bigint
            ? number | JsonNumber
            : Value extends Date | Uint8Array
              ? string
              : Value extends { toFixed(...args: never[]): string }
                ? number | JsonNumber | NonFinite
                : Value extends readonly (infer Item)[]
                  ? readonly ColumnImage<Item>[]
                  : DocumentImage<Value>
