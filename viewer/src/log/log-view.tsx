import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'

import { EmptyFeed } from '../feed/feed-view.tsx'
import { History } from '../feed/history.tsx'
import type { Filter } from '../api/api.ts'
import { Icon } from '../shell/icon.tsx'
import { Link } from '../shell/link.tsx'
import { Sheeted } from '../shell/use-sheet.tsx'
import { useViewer } from '../shell/viewer-context.ts'
import { DeletedView } from './deleted-view.tsx'
import { ElementPage } from './element-page.tsx'
import { FilterBar } from './filter-bar.tsx'
import type { Navigation } from './navigation.ts'
import { SidePanel } from './side-panel.tsx'
import sheet from '../styles/log.css?inline'
import { useSignal } from '../shell/signal.ts'

/** The log of everything: what happened, what is gone, and the page of any element. */
export function LogView({
  navigation,
  heading,
  isWholePage,
}: {
  readonly navigation: Navigation
  readonly heading: string
  readonly isWholePage: boolean
}): JSX.Element {
  const state = useSignal(navigation.state)
  const input = useRef<HTMLInputElement>(null)
  const Heading = isWholePage ? 'h1' : 'h2'
  const search = () => input.current?.focus()
  return (
    <Sheeted sheet={sheet}>
      <div class="log">
        <header class="log-head">
          <Heading class="log-title">
            <slot name="heading">{heading}</slot>
          </Heading>
          <nav class="tabs" aria-label="Views">
            <Tab navigation={navigation} view="activity" label="Activity" icon="history" />
            <Tab navigation={navigation} view="deleted" label="Deleted" icon="bin" />
          </nav>
          <slot name="toolbar" />
        </header>
        {state.view === 'element' && state.element !== null ? (
          <ElementPage element={state.element} navigation={navigation} isWholePage={isWholePage} />
        ) : (
          <>
            <FilterBar navigation={navigation} input={input} isOfEntries={state.view === 'activity'} />
            {state.view === 'deleted' ? (
              <DeletedView navigation={navigation} />
            ) : (
              <Activity navigation={navigation} search={search} isWholePage={isWholePage} />
            )}
          </>
        )}
      </div>
    </Sheeted>
  )
}

function Tab({
  navigation,
  view,
  label,
  icon,
}: {
  readonly navigation: Navigation
  readonly view: 'activity' | 'deleted'
  readonly label: string
  readonly icon: 'history' | 'bin'
}): JSX.Element {
  const target = { view, element: null, entry: null, at: null, compared: null, tab: 'history' } as const
  return (
    <Link
      class="tab"
      isHere={useSignal(navigation.state).view === view}
      to={{ href: navigation.hrefOf(target), follow: () => navigation.go(target) }}
    >
      <Icon name={icon} />
      {label}
    </Link>
  )
}

function Activity({
  navigation,
  search,
  isWholePage,
}: {
  readonly navigation: Navigation
  readonly search: () => void
  readonly isWholePage: boolean
}): JSX.Element {
  const me = useSignal(useViewer().me)
  const { query, isRaw, entry, compared } = useSignal(navigation.state)
  const filter: Filter = query === '' ? {} : { q: query }
  const clear = () => navigation.go({ query: '' })
  return (
    <div class="columns">
      <div class="main">
        <h2 class="hidden">Activity</h2>
        <History
          filter={filter}
          isRaw={isRaw}
          isAboutOneElement={false}
          empty={<EmptyFeed isFiltered={query !== ''} clear={clear} noun="anything" />}
          link={{ entry, compared, change: navigation.adjust }}
          search={search}
          isWholePage={isWholePage}
        />
      </div>
      {me === null ? null : <SidePanel navigation={navigation} filter={filter} />}
    </div>
  )
}
