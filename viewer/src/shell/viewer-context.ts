import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { useSignal, type ReadonlySignal, type Signal } from './signal.ts'

import type { Api, Me } from '../api/api.ts'
import type { Actor } from '../model/entry-view.ts'
import type { TimeFormat } from '../model/format-time.ts'
import type { ElementName } from '../model/view-state.ts'
import type { Problem } from '../api/problem.ts'

/** What every part of the viewer shares: where the data comes from, how it is written, and what the host wants to know. */
export interface Viewer {
  readonly api: Api
  /** What the caller may see and do; null until it is known. */
  readonly me: ReadonlySignal<Me | null>
  /** Why that cannot be known. */
  readonly meProblem: ReadonlySignal<Problem | null>
  readonly time: TimeFormat
  /** What to call an actor. */
  readonly nameActor: (actor: Actor) => string
  /** Tells people who do not look at the screen; politely. */
  readonly announce: (message: string) => void
  readonly announcement: ReadonlySignal<string>
  /** Whether single keys are shortcuts. */
  readonly keyboard: Signal<boolean>
  /** Fires an event at the host. False: the host has taken the matter over. */
  readonly emit: (name: ViewerEventName, detail: object) => boolean
  /** Whether the host draws old versions by itself. */
  readonly isPreviewable: boolean
  /** The address of an element's page, and the way there; null where there is none. */
  readonly linkToElement: ((element: ElementName) => ElementLink) | null
  /** Shows the history of one field. */
  readonly showField: ((element: ElementName, path: string) => void) | null
}

/** A link that works in a new tab too. */
export interface ElementLink {
  readonly href: string
  readonly follow: () => void
}

/** The events that a host can listen to. */
export type ViewerEventName = 'backstory-preview' | 'backstory-restore' | 'backstory-restored'

const ViewerContext = createContext<Viewer | null>(null)

/** Gives a viewer to all that is drawn inside. */
export const ViewerProvider = ViewerContext.Provider

/** The viewer that a component is drawn in. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext)
  if (viewer === null) throw new Error('A part of the viewer was drawn outside of any viewer.')
  return viewer
}

/** Whether the caller may do something, as far as is known by now. */
export function useCan(capability: Me['can'][number]): boolean {
  return useSignal(useViewer().me)?.can.includes(capability) ?? false
}
