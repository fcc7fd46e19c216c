import type { ComponentChildren, JSX } from 'preact'
import { useMemo } from 'preact/hooks'

import type { ElementName } from '../model/view-state.ts'
import { createViewer, type ViewerSettings } from '../shell/create-viewer.ts'
import { Notice } from '../shell/notice.tsx'
import { useViewer, ViewerProvider, type Viewer } from '../shell/viewer-context.ts'
import type { ElementState } from './define-element.ts'
import { useSignal } from '../shell/signal.ts'

/** Gives what is inside a viewer of its own, or says what the page has left out. */
export function ViewerRoot({
  settings,
  extend = {},
  children,
}: {
  readonly settings: ViewerSettings | null
  readonly extend?: Partial<Viewer>
  readonly children: ComponentChildren
}): JSX.Element {
  const viewer = useMemo(() => (settings === null ? null : createViewer(settings)), [settings])
  if (viewer === null) {
    return (
      <Notice icon="warning" title="Nobody said where the history is" isAlert>
        <p>
          Set the attribute “api” to the path at which backstory/http is mounted, or the property “client”.
        </p>
      </Notice>
    )
  }
  return (
    <ViewerProvider value={{ ...viewer, ...extend }}>
      {children}
      <Announcement />
    </ViewerProvider>
  )
}

/** The element that an element of the page is about; null where its attributes do not say. */
export function elementOf({ attribute }: ElementState): ElementName | null {
  const [elementType, elementId] = [attribute('element-type'), attribute('element-id')]
  return elementType === null || elementId === null ? null : { elementType, elementId }
}

/** Says that it is not known whose history is asked for. */
export function NoElement(): JSX.Element {
  return (
    <Notice icon="warning" title="Nobody said whose history to show" isAlert>
      <p>Set the attributes “element-type” and “element-id”.</p>
    </Notice>
  )
}

function Announcement(): JSX.Element {
  const { announcement } = useViewer()
  return (
    <p class="hidden" role="status" aria-live="polite">
      {useSignal(announcement)}
    </p>
  )
}
