import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { formatShortMoment } from '../model/format-time.ts'
import { lazyPart } from '../shell/lazy-part.tsx'
import { Notice } from '../shell/notice.tsx'
import { useViewer } from '../shell/viewer-context.ts'
import type { Moment } from '../versions/compare-states.tsx'
import { CompareStates } from '../versions/compare-states.tsx'
import { defineElement, type ElementState } from './define-element.ts'
import { elementOf, NoElement, ViewerRoot } from './viewer-root.tsx'

const AsOfView = lazyPart((more) => more.AsOfView)
const BlameView = lazyPart((more) => more.BlameView)

/** `<backstory-diff>`: what differs between two versions of an element, the older on the left. */
export function defineDiff(): void {
  defineElement({
    tag: 'backstory-diff',
    attributes: ['element-type', 'element-id', 'from', 'to'],
    draw: (state) => <DiffRoot state={state} />,
  })
}

/** `<backstory-blame>`: who last set each value of an element. */
export function defineBlame(): void {
  defineElement({
    tag: 'backstory-blame',
    attributes: ['element-type', 'element-id', 'at'],
    draw: (state) => <BlameRoot state={state} />,
  })
}

/** `<backstory-asof>`: what an element was at any time. */
export function defineAsOf(): void {
  defineElement({
    tag: 'backstory-asof',
    attributes: ['element-type', 'element-id', 'at'],
    draw: (state) => <AsOfRoot state={state} />,
  })
}

function DiffRoot({ state }: { readonly state: ElementState }): JSX.Element {
  const element = elementOf(state)
  const [from, to] = [state.attribute('from'), state.attribute('to')]
  if (element === null) return <NoElement />
  if (from === null) {
    return (
      <Notice icon="warning" title="Nobody said which version to compare" isAlert>
        <p>Set the attribute “from” to an entry’s id or a time.</p>
      </Notice>
    )
  }
  return (
    <ViewerRoot settings={state.settings}>
      <CompareStates
        element={element}
        older={toMoment(from)}
        newer={toMoment(to)}
        olderName={<MomentName moment={from} />}
        newerName={<MomentName moment={to} />}
      />
    </ViewerRoot>
  )
}

function BlameRoot({ state }: { readonly state: ElementState }): JSX.Element {
  const element = elementOf(state)
  if (element === null) return <NoElement />
  return (
    <ViewerRoot settings={state.settings}>
      <BlameView element={element} moment={toMoment(state.attribute('at'))} />
    </ViewerRoot>
  )
}

function AsOfRoot({ state }: { readonly state: ElementState }): JSX.Element {
  const element = elementOf(state)
  const given = state.attribute('at')
  const [at, setAt] = useState(given)
  useEffect(() => setAt(given), [given])
  if (element === null) return <NoElement />
  return (
    <ViewerRoot settings={state.settings}>
      <AsOfView element={element} at={at} setAt={setAt} />
    </ViewerRoot>
  )
}

function MomentName({ moment }: { readonly moment: string | null }): JSX.Element {
  const { time } = useViewer()
  if (moment === null) return <>Now</>
  return <>{isEntryId(moment) ? `After entry ${moment}` : formatShortMoment(moment, time)}</>
}

function toMoment(text: string | null): Moment {
  if (text === null) return {}
  return isEntryId(text) ? { entry: text } : { at: text }
}

function isEntryId(text: string): boolean {
  return /^\d{1,19}$/.test(text)
}
