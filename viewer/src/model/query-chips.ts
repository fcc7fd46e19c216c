import { formatJson } from '../../../src/core/json.ts'
import { formatQuery } from '../../../src/core/query/format-query.ts'
import { parseQuery } from '../../../src/core/query/parse-query.ts'
import type { Query, QueryTerm } from '../../../src/core/query/query.ts'
import { nameType } from './entry-view.ts'
import { nameKey } from './field-names.ts'

/** One condition of a filter, in words. */
export interface QueryChip {
  readonly name: string
  readonly value: string
  readonly isNegated: boolean
}

/** A query, or why it is none. */
export type ReadQuery =
  | { readonly query: Query; readonly mistake: null }
  | { readonly query: null; readonly mistake: string }

/** Reads what somebody typed. */
export function readQuery(text: string): ReadQuery {
  try {
    return { query: parseQuery(text), mistake: null }
  } catch (error) {
    return { query: null, mistake: error instanceof Error ? error.message : String(error) }
  }
}

/** What a term says, for people. */
export function describeTerm(term: QueryTerm): QueryChip {
  const isNegated = term.negated
  switch (term.kind) {
    case 'key':
      return {
        name: names[term.key],
        value: term.values.map((value) => (term.key === 'type' ? nameType(value) : value)).join(' or '),
        isNegated,
      }
    case 'none':
      return { name: term.of === 'actor' ? 'Who' : 'Belongs to', value: 'nobody', isNegated }
    case 'context':
      return { name: nameKey(term.key), value: scalarText(term.value), isNegated }
    case 'value':
      return {
        name: `${term.path} ${term.side === 'old' ? 'was' : 'became'}`,
        value: scalarText(term.value),
        isNegated,
      }
    case 'text':
      return { name: 'Text', value: term.text, isNegated }
  }
}

/** The query without the term at an index. */
export function withoutTerm({ terms }: Query, index: number): string {
  return formatQuery({ terms: terms.toSpliced(index, 1) })
}

/** The query with one more condition; another value of the same key joins those that are there, as any of them will do. */
export function withTerm({ terms }: Query, term: QueryTerm): string {
  const index = terms.findIndex((known) => isAlike(known, term))
  const known = terms[index]
  if (known === undefined) return formatQuery({ terms: [...terms, term] })
  if (known.kind !== 'key' || term.kind !== 'key' || known.key === 'since' || known.key === 'until') {
    return formatQuery({ terms: terms.with(index, term) })
  }
  const values = [...new Set([...known.values, ...term.values])]
  return formatQuery({ terms: terms.with(index, { ...known, values }) })
}

/** The query with a key set to a value, or without it where the value is empty. */
export function withValue({ terms }: Query, key: 'since' | 'until', value: string): string {
  const others = terms.filter((term) => term.kind !== 'key' || term.key !== key)
  const term: QueryTerm = { kind: 'key', key, values: [value], negated: false }
  return formatQuery({ terms: value === '' ? others : [...others, term] })
}

/** Whether a query asks for a value of a key. */
export function hasValue({ terms }: Query, key: string, value: string): boolean {
  return terms.some(
    (term) => term.kind === 'key' && term.key === key && !term.negated && term.values.includes(value),
  )
}

/** The value of a key that has one; empty where there is none. */
export function valueOf({ terms }: Query, key: string): string {
  const term = terms.find((known) => known.kind === 'key' && known.key === key && !known.negated)
  return term?.kind === 'key' ? (term.values[0] ?? '') : ''
}

const names = {
  actor: 'Who',
  type: 'Type',
  element: 'Element',
  scope: 'Belongs to',
  action: 'Action',
  changed: 'Changed',
  transaction: 'Transaction',
  since: 'Since',
  until: 'Until',
} as const

function isAlike(one: QueryTerm, other: QueryTerm): boolean {
  if (one.negated || other.negated) return false
  if (one.kind === 'key' && other.kind === 'key') return one.key === other.key
  if (one.kind === 'context' && other.kind === 'context') return one.key === other.key
  if (one.kind === 'value' && other.kind === 'value')
    return one.side === other.side && one.path === other.path
  return false
}

function scalarText(value: Extract<QueryTerm, { kind: 'value' }>['value']): string {
  return typeof value === 'string' ? value : formatJson(value)
}
