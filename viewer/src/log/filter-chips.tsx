import type { JSX } from 'preact'

import type { Query } from '../../../src/core/query/query.ts'
import { describeTerm, withoutTerm } from '../model/query-chips.ts'
import { Icon } from '../shell/icon.tsx'
import type { Navigation } from './navigation.ts'

/** The conditions of a filter, each of which can be taken away. */
export function FilterChips({
  query,
  navigation,
}: {
  readonly query: Query
  readonly navigation: Navigation
}): JSX.Element | null {
  if (query.terms.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters in force">
      {query.terms.map((term, index) => {
        const { name, value, isNegated } = describeTerm(term)
        return (
          <li class="chip" key={index}>
            <span>
              {name} {isNegated ? 'not ' : ''}
              <b>{value}</b>
            </span>
            <button
              type="button"
              aria-label={`Remove the filter ${name} ${isNegated ? 'not ' : ''}${value}`}
              onClick={() => navigation.go({ query: withoutTerm(query, index), entry: null })}
            >
              <Icon name="close" />
            </button>
          </li>
        )
      })}
      <li>
        <button type="button" class="link" onClick={() => navigation.go({ query: '', entry: null })}>
          Clear all
        </button>
      </li>
    </ul>
  )
}
