import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { Timeline } from '../feed/timeline.tsx'
import { defineElement, type ElementState } from './define-element.ts'
import { elementOf, NoElement, ViewerRoot } from './viewer-root.tsx'

/** `<backstory-timeline>`: the history of one element. */
export function defineTimeline(): void {
  defineElement({
    tag: 'backstory-timeline',
    attributes: ['element-type', 'element-id', 'field'],
    draw: (state) => <TimelineRoot state={state} />,
  })
}

function TimelineRoot({ state }: { readonly state: ElementState }): JSX.Element {
  const element = elementOf(state)
  const given = state.attribute('field')
  const [field, setField] = useState(given)
  const [isRaw, setRaw] = useState(false)
  useEffect(() => setField(given), [given])
  if (element === null) return <NoElement />
  return (
    <ViewerRoot settings={state.settings} extend={{ showField: (_, path) => setField(path) }}>
      <Timeline
        key={JSON.stringify(element)}
        element={element}
        field={field}
        showAll={() => setField(null)}
        isRaw={isRaw}
        setRaw={setRaw}
      />
    </ViewerRoot>
  )
}
