/** An element by the names that the log knows it by. */
export interface ElementName {
  readonly elementType: string
  readonly elementId: string
}

/** What is shown of an element. */
export type ElementTab = 'history' | 'asof' | 'blame'

/** Everything that decides what a log shows: it is all in the address, so that what is seen can be passed on. */
export interface ViewState {
  readonly view: 'activity' | 'deleted' | 'element'
  /** The filter, in the query language. */
  readonly query: string
  /** Of the view `element`. */
  readonly element: ElementName | null
  readonly tab: ElementTab
  /** Every entry by itself, in no edit session. */
  readonly isRaw: boolean
  /** The entry that is open. */
  readonly entry: string | null
  /** The entries that are compared, older first. */
  readonly compared: { readonly from: string; readonly to: string } | null
  /** The moment of the tab `asof`: an entry's id or a time. */
  readonly at: string | null
}

/** What is shown before anybody has chosen. */
export const initialState: ViewState = {
  view: 'activity',
  query: '',
  element: null,
  tab: 'history',
  isRaw: false,
  entry: null,
  compared: null,
  at: null,
}

/** The state as the parameters of an address; what is as at the beginning is left out. The inverse of `parseState`. */
export function formatState(state: ViewState): URLSearchParams {
  const parameters = new URLSearchParams()
  const set = (name: string, value: string | null) => {
    if (value !== null && value !== '') parameters.set(name, value)
  }
  set('view', state.view === 'deleted' ? 'deleted' : null)
  if (state.view === 'element' && state.element !== null) {
    // an id may be empty
    parameters.set('type', state.element.elementType)
    parameters.set('id', state.element.elementId)
    set('tab', state.tab === 'history' ? null : state.tab)
  }
  set('q', state.query)
  set('raw', state.isRaw ? '1' : null)
  set('entry', state.entry)
  if (state.compared !== null) {
    set('from', state.compared.from)
    set('to', state.compared.to)
  }
  set('at', state.at)
  return parameters
}

/** Reads what `formatState` wrote. What makes no sense is as if it were not there. */
export function parseState(parameters: URLSearchParams): ViewState {
  const [type, id, tab] = [parameters.get('type'), parameters.get('id'), parameters.get('tab')]
  const [from, to] = [parameters.get('from'), parameters.get('to')]
  const element = type !== null && id !== null ? { elementType: type, elementId: id } : null
  return {
    view: element !== null ? 'element' : parameters.get('view') === 'deleted' ? 'deleted' : 'activity',
    query: parameters.get('q') ?? '',
    element,
    tab: element !== null && (tab === 'asof' || tab === 'blame') ? tab : 'history',
    isRaw: parameters.get('raw') === '1',
    entry: entryId(parameters.get('entry')),
    compared: isEntryId(from) && isEntryId(to) ? { from, to } : null,
    at: parameters.get('at'),
  }
}

function entryId(text: string | null): string | null {
  return isEntryId(text) ? text : null
}

function isEntryId(text: string | null): text is string {
  return text !== null && /^\d{1,19}$/.test(text)
}
