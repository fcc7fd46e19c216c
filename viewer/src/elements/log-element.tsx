import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'

import { createNavigation } from '../log/navigation.ts'
import { initialState, type ElementName, type ViewState } from '../model/view-state.ts'
import { lazyPart } from '../shell/lazy-part.tsx'
import { defineElement, type ElementState } from './define-element.ts'
import { ViewerRoot } from './viewer-root.tsx'

const LogView = lazyPart((more) => more.LogView)

/** `<backstory-log>`: everything that happened; at full size it is the stand-alone page. */
export function defineLog(): void {
  defineElement({
    tag: 'backstory-log',
    attributes: ['query', 'heading', 'url-state', 'whole-page'],
    draw: (state) => <LogRoot state={state} />,
  })
}

function LogRoot({ state }: { readonly state: ElementState }): JSX.Element {
  const { attribute, settings } = state
  const mode = attribute('url-state') === 'search' ? 'search' : 'none'
  const query = attribute('query') ?? ''
  const navigation = useMemo(() => createNavigation(mode, { ...initialState, query }), [mode, query])
  useEffect(() => () => navigation.stop(), [navigation])
  const linkToElement = (element: ElementName) => {
    const target = pageOf(element, '')
    return {
      href: navigation.hrefOf(target),
      follow: () => {
        navigation.go(target)
        scrollTo({ top: 0 })
      },
    }
  }
  const showField = (element: ElementName, path: string) =>
    navigation.go(pageOf(element, `changed:${JSON.stringify(path)}`))
  return (
    <ViewerRoot settings={settings} extend={{ linkToElement, showField }}>
      <LogView
        navigation={navigation}
        heading={attribute('heading') ?? 'Backstory'}
        isWholePage={attribute('whole-page') !== null}
      />
    </ViewerRoot>
  )
}

function pageOf({ elementType, elementId }: ElementName, query: string): Partial<ViewState> {
  return {
    view: 'element',
    element: { elementType, elementId },
    tab: 'history',
    query,
    entry: null,
    at: null,
  }
}
