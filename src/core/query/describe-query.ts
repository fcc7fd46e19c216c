import { parseAction, type Action } from '../changes.ts'
import type { JsonObject } from '../json.ts'
import { queryKeys, type Query, type QueryTerm } from './query.ts'
import { parseQueryTime } from './query-time.ts'

/** What entries a query asks for, in the words of `backstory.entries`. */
export interface QueryDescription {
  readonly elementType?: readonly string[]
  readonly elementId?: string
  readonly scope?: readonly (string | null)[]
  readonly userId?: readonly (string | null)[]
  readonly action?: readonly Action[]
  readonly transactionId?: string
  readonly since?: string
  readonly until?: string
  readonly changed?: readonly string[]
  readonly context?: JsonObject
  readonly oldValue?: JsonObject
  readonly newValue?: JsonObject
  readonly text?: readonly string[]
  /** Each of these as a whole must not hold. */
  readonly not?: readonly QueryDescription[]
}

/**
 * What a query asks for. Several of one kind that must all hold, such as two values of the context, become one
 * condition; what must not hold, one each.
 *
 * @param now that `since:7d` counts from
 * @throws BackstoryError `invalid_query`
 */
export function describeQuery({ terms }: Query, { now }: { readonly now: Date }): QueryDescription {
  const description = terms
    .filter(({ negated }) => !negated)
    .reduce<QueryDescription>((sum, term) => combine(sum, describeTerm(term, now)), {})
  const not = terms.filter(({ negated }) => negated).map((term) => describeTerm(term, now))
  return not.length === 0 ? description : { ...description, not }
}

function describeTerm(term: QueryTerm, now: Date): QueryDescription {
  switch (term.kind) {
    case 'none':
      return term.of === 'actor' ? { userId: [null] } : { scope: [null] }
    case 'context':
      return { context: { [term.key]: term.value } }
    case 'value':
      return term.side === 'old'
        ? { oldValue: { [term.path]: term.value } }
        : { newValue: { [term.path]: term.value } }
    case 'text':
      return { text: [term.text] }
    case 'key': {
      const [value = ''] = term.values
      switch (term.key) {
        case 'action':
          return { action: term.values.map(parseAction) }
        case 'element':
          return { elementId: value }
        case 'transaction':
          return { transactionId: value }
        case 'since':
        case 'until':
          return { [term.key]: resolveTime(value, term.key, now) }
        case 'actor':
        case 'type':
        case 'scope':
        case 'changed':
          return { [queryKeys[term.key]]: term.values }
      }
    }
  }
}

function resolveTime(text: string, name: string, now: Date): string {
  const time = parseQueryTime(text, name)
  return 'iso' in time ? time.iso : new Date(now.getTime() - time.agoMs).toISOString()
}

function combine(sum: QueryDescription, next: QueryDescription): QueryDescription {
  return {
    ...sum,
    ...next,
    ...merged('text', [...(sum.text ?? []), ...(next.text ?? [])]),
    ...merged('context', { ...sum.context, ...next.context }),
    ...merged('oldValue', { ...sum.oldValue, ...next.oldValue }),
    ...merged('newValue', { ...sum.newValue, ...next.newValue }),
  }
}

function merged(key: string, value: object): QueryDescription {
  return Object.keys(value).length === 0 ? {} : { [key]: value }
}
