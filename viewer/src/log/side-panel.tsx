import type { JSX } from 'preact'

import type { Filter } from '../api/api.ts'
import { actionNames, nameType } from '../model/entry-view.ts'
import { personOf } from '../model/name-actor.ts'
import { valuesOf, withTerm } from '../model/query-chips.ts'
import type { QueryKey } from '../../../src/core/query/query.ts'
import { useLastAnswer, useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { Heatmap } from './heatmap.tsx'
import type { Navigation } from './navigation.ts'
import { useSignal } from '../shell/signal.ts'

/** What the filter finds at a glance: by day, by actor, by type, by action; each is a filter. */
export function SidePanel({
  navigation,
  filter,
}: {
  readonly navigation: Navigation
  readonly filter: Filter
}): JSX.Element {
  const { api, nameActor } = useViewer()
  const key = JSON.stringify(filter)
  const [requested] = useRequest(key, (signal) => api.facets({ ...filter, top: '8' }, signal))
  const facets = useLastAnswer(requested)
  return (
    <aside class="side" aria-label="At a glance">
      <Heatmap navigation={navigation} filter={filter} />
      {facets === null ? null : (
        <>
          {(
            [
              ['Who', 'actor', facets.userId, (userId: string) => nameActor(personOf(userId))],
              ['What', 'type', facets.elementType, nameType],
              ['How', 'action', facets.action, (action: string) => actionNames[action] ?? action],
            ] as const
          ).map(([title, facet, counts, nameValue]) => (
            <FacetList
              key={facet}
              title={title}
              facet={facet}
              counts={counts}
              navigation={navigation}
              nameValue={nameValue}
            />
          ))}
          <p class="faint">
            {facets.since === null ? 'Counted over everything.' : 'Counted over the last 30 days.'}
          </p>
        </>
      )}
    </aside>
  )
}

function FacetList({
  title,
  facet,
  counts,
  navigation,
  nameValue,
}: {
  readonly title: string
  readonly facet: Extract<QueryKey, 'actor' | 'type' | 'action'>
  readonly counts: readonly { readonly value: string | null; readonly count: number }[]
  readonly navigation: Navigation
  readonly nameValue: (value: string) => string
}): JSX.Element | null {
  const { query } = useSignal(navigation.state)
  const most = Math.max(1, ...counts.map(({ count }) => count))
  if (counts.length === 0) return null
  return (
    <section class="facet">
      <h3 class="facet-title">{title}</h3>
      <ul>
        {counts.map(({ value, count }) => {
          const isOn = value !== null && valuesOf(query, facet).includes(value)
          return (
            <li key={value}>
              <button
                class="facet-value"
                aria-disabled={isOn}
                onClick={() =>
                  !isOn &&
                  navigation.go({
                    query: value === null ? withTerm(query, 'no', 'actor') : withTerm(query, facet, value),
                    entry: null,
                  })
                }
              >
                <span class="facet-name">{value === null ? 'nobody named' : nameValue(value)}</span>
                <span
                  class="facet-bar"
                  aria-hidden="true"
                  style={{ inlineSize: `${(count / most) * 100}%` }}
                />
                <span class="facet-count">{count}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
