import type { JsonObject } from '../../src/core/json.ts'
import type { Actor, LabelledEntry } from './model/entry-view.ts'

export type { Actor, ActorKind, LabelledEntry } from './model/entry-view.ts'
export { registerFieldRenderer } from './values/field-renderers.ts'
export type { FieldContext, FieldMatch, FieldRenderer } from './values/field-renderers.ts'

/** How the viewer reaches the API. A host gives one of its own to add a token, or to answer by itself. */
export interface ViewerClient {
  /** Where backstory/http is mounted: `/audit`. */
  readonly baseUrl: string
  /** Default: the browser's. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/** What every element of the viewer has, beside its attributes. */
export interface ViewerElement extends HTMLElement {
  /** How to reach the API. Default: the attribute `api`. */
  client: ViewerClient | undefined
  /** A viewer token that the application's back-end issued, brought with every request. Default: the attribute `token`. */
  token: string | undefined
  /** Asks the application for a token: where there is none yet, and where the API takes it no more. */
  renewToken: (() => string | Promise<string>) | undefined
  /** What to call an actor. Default: the user's id. */
  formatActor: ((actor: Actor) => string) | undefined
}

/** What comes with `backstory-preview`: an old version, whole, so that the host can draw it with its own components. */
export interface PreviewDetail {
  readonly elementType: string
  readonly elementId: string
  /** Null: it did not exist. */
  readonly state: JsonObject | null
  /** The entry right after which it was so; null for a time. */
  readonly entry: LabelledEntry | null
}

/** What comes with `backstory-restore`, before anything is written: `preventDefault()` takes the matter over. */
export interface RestoreDetail {
  readonly verb: 'restore' | 'undo'
  /** The body of the request that would be sent. */
  readonly body: object
  /** The entry that it is about. */
  readonly entry: LabelledEntry | null
}

/** What comes with `backstory-restored`, when it is done. */
export interface RestoredDetail extends RestoreDetail {
  /** The answer of the API. */
  readonly undone: object
}

/** The attributes of every element of the viewer. */
export interface ViewerAttributes {
  /** Where backstory/http is mounted: `/audit`. */
  api?: string
  /** A viewer token, where the page has no session. */
  token?: string
  /** Default: `auto`, as the reader's system has it. */
  theme?: 'auto' | 'light' | 'dark'
  /** BCP 47. Default: the reader's. */
  locale?: string
  /** IANA. Default: the reader's. */
  'time-zone'?: string
  /** Whether single keys are shortcuts. Default: `on`. */
  keyboard?: 'on' | 'off'
  /** Offers to preview old versions, for a host that listens to `backstory-preview`. */
  previewable?: boolean | ''
}

/** The attributes of an element that is about one element of the application. */
export interface AboutElement extends ViewerAttributes {
  'element-type': string
  'element-id': string
}

/**
 * The elements by tag, for the JSX of any framework:
 *
 * @example
 * declare module 'react' {
 *   namespace JSX { interface IntrinsicElements extends ViewerElements {} }
 * }
 */
export interface ViewerElements {
  'backstory-log': ViewerAttributes & {
    /** A filter in the query language, from the start. */
    query?: string
    heading?: string
    /** `search` keeps what is seen in the address of the page. Default: `none`. */
    'url-state'?: 'search' | 'none'
    /** The viewer is the whole page: its keys work everywhere. */
    'whole-page'?: boolean | ''
  }
  'backstory-timeline': AboutElement & {
    /** Only the history of this field: `/attributes/rank`. */
    field?: string
  }
  'backstory-diff': AboutElement & {
    /** The older version: an entry's id or a time. */
    from: string
    /** The newer one. Default: now. */
    to?: string
  }
  'backstory-blame': AboutElement & { at?: string }
  'backstory-asof': AboutElement & { at?: string }
}

declare global {
  interface HTMLElementTagNameMap {
    'backstory-log': ViewerElement
    'backstory-timeline': ViewerElement
    'backstory-diff': ViewerElement
    'backstory-blame': ViewerElement
    'backstory-asof': ViewerElement
  }
  interface HTMLElementEventMap {
    'backstory-preview': CustomEvent<PreviewDetail>
    'backstory-restore': CustomEvent<RestoreDetail>
    'backstory-restored': CustomEvent<RestoredDetail>
  }
}
