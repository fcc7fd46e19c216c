import type { JSX } from 'preact'

import { Timeline } from '../feed/timeline.tsx'
import { nameType, shortenId } from '../model/entry-view.ts'
import { formatShortMoment } from '../model/format-time.ts'
import { valuesOf } from '../model/query-chips.ts'
import type { ElementName, ElementTab } from '../model/view-state.ts'
import { Icon } from '../shell/icon.tsx'
import { useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { Link } from '../shell/link.tsx'
import { AsOfView } from '../versions/as-of-view.tsx'
import { BlameView } from '../versions/blame-view.tsx'
import type { Navigation } from './navigation.ts'
import { useSignal } from '../shell/signal.ts'

const tabs = [
  ['history', 'History'],
  ['asof', 'As of a time'],
  ['blame', 'Who set what'],
] as const

/** One element: its history, what it was at any time, and who set what of it. */
export function ElementPage({
  element,
  navigation,
  isWholePage,
}: {
  readonly element: ElementName
  readonly navigation: Navigation
  readonly isWholePage: boolean
}): JSX.Element {
  const { api, time, ...viewer } = useViewer()
  const me = useSignal(viewer.me)
  const { tab, query, isRaw, at, entry, compared } = useSignal(navigation.state)
  const { elementType, elementId } = element
  const [glance] = useRequest(JSON.stringify(element), (signal) =>
    api.element({ elementType, elementId }, signal),
  )
  const found = glance.status === 'ready' ? glance.value : null
  const shown = me?.states === false ? tabs.slice(0, 1) : tabs
  const [field = null] = valuesOf(query, 'changed')
  return (
    <>
      <div class="element-head">
        <Link
          class="button is-quiet"
          to={{ href: navigation.hrefOf(toActivity), follow: () => navigation.go(toActivity) }}
        >
          <Icon name="back" />
          All activity
        </Link>
        <div class="element-name">
          <h2 data-land tabIndex={-1}>
            {found?.label ?? shortenId(elementId)}{' '}
            {found?.deleted === true ? <span class="tag is-gone">deleted</span> : null}
          </h2>
          <p class="faint">
            {nameType(elementType)} {shortenId(elementId)}
            {found === null ? '' : ` · ${found.count.exact ? '' : 'about '}${found.count.count} changes`}
            {found?.first === undefined || found.first === null
              ? ''
              : ` since ${formatShortMoment(found.first.timestamp, time)}`}
          </p>
        </div>
      </div>
      <nav class="tabs is-inner" aria-label="Views of this element">
        {shown.map(([name, label]) => (
          <TabLink key={name} name={name} label={label} navigation={navigation} />
        ))}
      </nav>
      {tab === 'history' ? (
        <Timeline
          element={element}
          field={field}
          showAll={() => navigation.go({ query: '', entry: null })}
          isRaw={isRaw}
          setRaw={(raw) => navigation.go({ isRaw: raw })}
          link={{ entry, compared, change: navigation.adjust }}
          isWholePage={isWholePage}
        />
      ) : tab === 'asof' ? (
        <AsOfView element={element} at={at} setAt={(moment) => navigation.adjust({ at: moment })} />
      ) : (
        <BlameView element={element} moment={{}} />
      )}
    </>
  )
}

const toActivity = {
  view: 'activity',
  element: null,
  tab: 'history',
  query: '',
  at: null,
  entry: null,
} as const

function TabLink({
  name,
  label,
  navigation,
}: {
  readonly name: ElementTab
  readonly label: string
  readonly navigation: Navigation
}): JSX.Element {
  const target = { tab: name, query: '', at: null, entry: null } as const
  return (
    <Link
      class="tab"
      isHere={useSignal(navigation.state).tab === name}
      to={{ href: navigation.hrefOf(target), follow: () => navigation.go(target) }}
    >
      {label}
    </Link>
  )
}
