import { signal, type ReadonlySignal } from '../shell/signal.ts'

import { formatState, parseState, type ViewState } from '../model/view-state.ts'

/** Where somebody is in a log, and how to go elsewhere. */
export interface Navigation {
  readonly state: ReadonlySignal<ViewState>
  /** Goes there: a step that the browser's Back takes back. */
  readonly go: (change: Partial<ViewState>) => void
  /** Changes something on the way, such as what is typed: no step. */
  readonly adjust: (change: Partial<ViewState>) => void
  /** The address of a state, for links. */
  readonly hrefOf: (change: Partial<ViewState>) => string
  readonly stop: () => void
}

/**
 * Keeps the state of a log in the address of the page, beside what else is in it.
 *
 * @param mode `search`: in the query of the address; `none`: only in memory, for a page whose address is not ours
 * @param initial what holds where the address says nothing
 */
export function createNavigation(mode: 'search' | 'none', initial: ViewState): Navigation {
  const state = signal<ViewState>(mode === 'search' ? readAddress(initial) : initial)
  const onPop = () => (state.value = readAddress(initial))
  if (mode === 'search') addEventListener('popstate', onPop)
  const hrefOf = (change: Partial<ViewState>) =>
    mode === 'search' ? addressOf({ ...state.value, ...change }) : '#'
  return {
    state,
    hrefOf,
    go: (change) => {
      const href = hrefOf(change)
      state.value = { ...state.value, ...change }
      if (mode === 'search') history.pushState(history.state, '', href)
    },
    adjust: (change) => {
      const href = hrefOf(change)
      state.value = { ...state.value, ...change }
      if (mode === 'search') history.replaceState(history.state, '', href)
    },
    stop: () => removeEventListener('popstate', onPop),
  }
}

const ours = ['view', 'type', 'id', 'tab', 'q', 'raw', 'entry', 'from', 'to', 'at']

function readAddress(initial: ViewState): ViewState {
  const { searchParams } = new URL(location.href)
  return ours.some((name) => searchParams.has(name)) ? parseState(searchParams) : initial
}

function addressOf(state: ViewState): string {
  const url = new URL(location.href)
  for (const name of ours) url.searchParams.delete(name)
  for (const [name, value] of formatState(state)) url.searchParams.set(name, value)
  return `${url.pathname}${url.search}${url.hash}`
}
