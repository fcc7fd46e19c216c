import type { JSX } from 'preact'

import { describeChip, splitQuery, withoutChip } from '../model/query-chips.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { Icon } from '../shell/icon.tsx'
import type { Navigation } from './navigation.ts'

/** The conditions of a filter, each of which can be taken away. */
export function FilterChips({
  query,
  navigation,
}: {
  readonly query: string
  readonly navigation: Navigation
}): JSX.Element | null {
  const { time } = useViewer()
  const chips = splitQuery(query)
  if (chips.length === 0) return null
  return (
    <ul class="chips" aria-label="Filters in force">
      {chips.map((chip, index) => {
        const { isNegated } = chip
        const { name, value } = describeChip(chip, time)
        return (
          <li class="chip" key={index}>
            <span>
              {name} {isNegated ? 'not ' : ''}
              <b>{value}</b>
            </span>
            <button
              aria-label={`Remove the filter ${name} ${isNegated ? 'not ' : ''}${value}`}
              onClick={() => navigation.go({ query: withoutChip(query, index), entry: null })}
            >
              <Icon name="close" />
            </button>
          </li>
        )
      })}
      <li>
        <button class="link" onClick={() => navigation.go({ query: '', entry: null })}>
          Clear all
        </button>
      </li>
    </ul>
  )
}
