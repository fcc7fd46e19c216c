import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

import { momentOf } from '../model/calendar.ts'
import { actorOf, type LabelledEntry } from '../model/entry-view.ts'
import { formatMoment, formatShortMoment } from '../model/format-time.ts'
import type { ElementName } from '../model/view-state.ts'
import { Answered } from '../shell/answered.tsx'
import { Notice } from '../shell/notice.tsx'
import { Sheeted } from '../shell/use-sheet.tsx'
import sheet from '../styles/versions.css?inline'
import { useRequest } from '../shell/use-request.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { readMoments } from './read-moments.ts'
import { StateView } from './state-view.tsx'

/** What an element was at any time: a slider over its versions, and a date for those who know it. */
export function AsOfView({ element, at, setAt }: AsOfProperties): JSX.Element {
  return (
    <Sheeted sheet={sheet}>
      <Versions element={element} at={at} setAt={setAt} />
    </Sheeted>
  )
}

interface AsOfProperties {
  readonly element: ElementName
  /** An entry's id, a time, or null for the newest version. */
  readonly at: string | null
  readonly setAt: (at: string | null) => void
}

function Versions({ element, at, setAt }: AsOfProperties): JSX.Element {
  const { api } = useViewer()
  const key = JSON.stringify(element)
  const request = useRequest(key, (signal) => readMoments(api, element, signal))
  return (
    <Answered request={request} label="Reading the versions">
      {({ entries, isComplete }) =>
        entries.length === 0 ? (
          <Notice icon="history" title="There are no versions yet">
            <p>Every change from now on makes one.</p>
          </Notice>
        ) : (
          <AsOfSlider element={element} entries={entries} isComplete={isComplete} at={at} setAt={setAt} />
        )
      }
    </Answered>
  )
}

function AsOfSlider({
  element,
  entries,
  isComplete,
  at,
  setAt,
}: {
  readonly element: ElementName
  /** Oldest first. */
  readonly entries: readonly LabelledEntry[]
  readonly isComplete: boolean
  readonly at: string | null
  readonly setAt: (at: string | null) => void
}): JSX.Element {
  const { time, nameActor } = useViewer()
  const chosen = positionOf(entries, at)
  const [position, setPosition] = useState(chosen)
  useEffect(() => setPosition(chosen), [chosen])
  // the state is asked for when the slider rests
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (position === chosen) return
    resting.current = setTimeout(() => setAt(entries[position]?.id ?? null), 150)
    return () => clearTimeout(resting.current)
  }, [position])
  const entry = entries[position]
  const caption =
    entry === undefined
      ? 'Before the first version'
      : `Version ${position + 1} of ${entries.length}${isComplete ? '' : ' newest'}: ${formatMoment(entry.timestamp, time)}, by ${nameActor(actorOf(entry))}`
  const go = (to: number) => setPosition(Math.max(0, Math.min(entries.length - 1, to)))
  return (
    <div class="as-of" part="as-of">
      <div class="slider">
        <button class="button" aria-disabled={position <= 0} onClick={() => go(position - 1)}>
          Older
        </button>
        <input
          type="range"
          min={0}
          max={entries.length - 1}
          step={1}
          value={Math.max(0, position)}
          aria-label="Version"
          aria-valuetext={caption}
          onInput={(event) => go(Number(event.currentTarget.value))}
        />
        <button
          class="button"
          aria-disabled={position >= entries.length - 1}
          onClick={() => go(position + 1)}
        >
          Newer
        </button>
      </div>
      <div class="slider-caption">
        <p aria-live="polite">{caption}</p>
        <label class="inline-input">
          <span>On</span>
          <input
            type="datetime-local"
            step={1}
            min="1000-01-01T00:00"
            max="9999-12-31T23:59:59"
            onChange={({ currentTarget: { value, validity } }) => {
              if (value === '' || !validity.valid) return
              // what the slider was about to ask would come after it where the page is slow to draw
              clearTimeout(resting.current)
              setAt(momentOf(value, time))
            }}
          />
        </label>
      </div>
      {at !== null && !/^\d+$/.test(at) ? (
        <p class="faint">As it was at {formatShortMoment(at, time)}.</p>
      ) : null}
      <StateAt
        element={element}
        at={at ?? entries.at(-1)?.id ?? null}
        before={entries[position - 1]?.id ?? null}
        entry={entry ?? null}
      />
    </div>
  )
}

function StateAt({
  element,
  at,
  before,
  entry,
}: {
  readonly element: ElementName
  readonly at: string | null
  /** The version before, to mark what changed. */
  readonly before: string | null
  readonly entry: LabelledEntry | null
}): JSX.Element {
  const { api, emit } = useViewer()
  const { elementType, elementId } = element
  const isEntry = at !== null && /^\d+$/.test(at)
  const request = useRequest(JSON.stringify([elementType, elementId, at, before]), async (signal) => {
    const moment = at === null ? {} : isEntry ? { entry: at } : { at }
    const [{ state }, previous] = await Promise.all([
      api.state({ elementType, elementId, ...moment }, signal),
      isEntry && before !== null
        ? api.state({ elementType, elementId, entry: before }, signal)
        : { state: null },
    ])
    emit('backstory-preview', { elementType, elementId, state, entry: isEntry ? entry : null })
    return { state, previous: previous.state }
  })
  return (
    <Answered request={request}>
      {({ state, previous }) =>
        state === null ? (
          <Notice icon="bin" title="It did not exist then">
            <p>Choose another version.</p>
          </Notice>
        ) : (
          <StateView state={state} other={previous} elementType={elementType} />
        )
      }
    </Answered>
  )
}

// the version that was in force at a time is the last one before it
function positionOf(entries: readonly LabelledEntry[], at: string | null): number {
  if (at === null) return entries.length - 1
  if (/^\d+$/.test(at)) {
    const index = entries.findIndex(({ id }) => id === at)
    return index < 0 ? entries.length - 1 : index
  }
  return entries.findLastIndex(({ timestamp }) => Date.parse(timestamp) <= Date.parse(at))
}
