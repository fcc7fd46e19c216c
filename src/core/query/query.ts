import type { JsonNumber } from '../json.ts'

/** What a term can be about by a plain name, and the filter of entries that it stands for. */
export const queryKeys = {
  actor: 'userId',
  type: 'elementType',
  element: 'elementId',
  scope: 'scope',
  action: 'action',
  changed: 'changed',
  transaction: 'transactionId',
  since: 'since',
  until: 'until',
} as const

/** The name of a plain term. */
export type QueryKey = keyof typeof queryKeys

/** What a query can compare an old or new value with. */
export type QueryScalar = string | number | boolean | null | JsonNumber

/**
 * One part of a query. Every term must hold, or, `negated`, must not.
 * - `key`: `actor:ada,bo`: any of the values will do
 * - `none`: `no:actor`: nobody is named
 * - `context`: `context.job:nightly`; `reason:` and `request:` are short for two of them
 * - `value`: `new.attributes.rank:archmage`, what a value was before or after
 * - `text`: what an old or new text contains
 */
export type QueryTerm =
  | {
      readonly kind: 'key'
      readonly key: QueryKey
      readonly values: readonly string[]
      readonly negated: boolean
    }
  | { readonly kind: 'none'; readonly of: 'actor' | 'scope'; readonly negated: boolean }
  | { readonly kind: 'context'; readonly key: string; readonly value: QueryScalar; readonly negated: boolean }
  | {
      readonly kind: 'value'
      readonly side: 'old' | 'new'
      readonly path: string
      readonly value: QueryScalar
      readonly negated: boolean
    }
  | { readonly kind: 'text'; readonly text: string; readonly negated: boolean }

/** A query, as `parseQuery` reads it and `formatQuery` writes it. */
export interface Query {
  readonly terms: readonly QueryTerm[]
}

/** The context keys that have a name of their own in the language. */
export const shortContextKeys = { reason: 'reason', request: 'requestId' } as const
