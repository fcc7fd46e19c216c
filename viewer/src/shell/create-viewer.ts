import { signal } from './signal.ts'

import { createApi, type Me } from '../api/api.ts'
import { problemOf, type Problem } from '../api/problem.ts'
import type { ViewerClient } from '../embedding.ts'
import { nameActor } from '../model/name-actor.ts'
import type { Actor } from '../model/entry-view.ts'
import type { ElementName } from '../model/view-state.ts'
import type { ElementLink, Viewer } from './viewer-context.ts'

/** What an element of the page says about how to view. */
export interface ViewerSettings {
  readonly client: ViewerClient
  /** Whether the client brings a token of the element. */
  readonly isTokenCarried: boolean
  readonly host: EventTarget
  readonly locale: string | undefined
  readonly timeZone: string | undefined
  readonly formatActor: ((actor: Actor) => string) | undefined
  readonly isKeyboardOn: boolean
  readonly isPreviewable: boolean
  readonly linkToElement?: (element: ElementName) => ElementLink
  readonly showField?: (element: ElementName, path: string) => void
}

/** Sets up what the parts of a viewer share, and asks what the caller may do. */
export function createViewer(settings: ViewerSettings): Viewer {
  const { client, host, locale, timeZone, formatActor } = settings
  const api = createApi(client)
  const me = signal<Me | null>(null)
  const meProblem = signal<Problem | null>(null)
  const announcement = signal('')
  api.me().then(
    (found) => (me.value = found),
    (error: unknown) => (meProblem.value = problemOf(error)),
  )
  return {
    api,
    me,
    meProblem,
    time: { locale, timeZone },
    nameActor: formatActor ?? nameActor,
    announcement,
    announce: (message) => {
      // the same words again are read again only where the text changes
      announcement.value = announcement.value === message ? `${message} ` : message
    },
    keyboard: signal(settings.isKeyboardOn),
    emit: (name, detail) =>
      host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable: true, detail })),
    isPreviewable: settings.isPreviewable,
    linkToElement: settings.linkToElement ?? null,
    showField: settings.showField ?? null,
  }
}
