import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'

import type { LabelledEntry } from '../model/entry-view.ts'
import { formatDay, nameDay } from '../model/format-time.ts'
import { groupEntries } from '../model/group-entries.ts'
import { useViewer } from '../shell/viewer-context.ts'
import { EntryCard } from './entry-card.tsx'
import type { FeedControls } from './feed-controls.ts'
import { GroupCard } from './group-card.tsx'

/** How a feed draws its entries. */
export interface DayPageOptions {
  readonly controls: FeedControls
  /** Every entry by itself, in no group. */
  readonly isRaw: boolean
  /** The page is about one element, which need not be named again and again. */
  readonly isAboutOneElement: boolean
}

/** The pause, in minutes, that ends an edit session. */
const sessionMinutes = 10

/** A page of entries under the headings of their days. */
export function DayPage({
  entries,
  previous,
  controls,
  isRaw,
  isAboutOneElement,
}: DayPageOptions & {
  readonly entries: readonly LabelledEntry[]
  readonly previous: LabelledEntry | null
}): JSX.Element {
  const { time } = useViewer()
  const days = useMemo(
    () =>
      groupEntries(entries, {
        isRaw,
        sessionMinutes,
        previous,
        dayOf: (timestamp) => formatDay(timestamp, time),
      }),
    [entries, previous, isRaw, time],
  )
  const today = formatDay(new Date().toISOString(), time)
  return (
    <>
      {days.map(({ day, groups, isContinued }) => (
        <section class="day" key={day}>
          {isContinued ? (
            <h3 class="hidden">{nameDay(day, today, time)}, continued</h3>
          ) : (
            <h3 class="day-name">{nameDay(day, today, time)}</h3>
          )}
          <ol class="groups">
            {groups.map((group) => (
              <li key={group.entries[0].id}>
                {group.kind === 'single' ? (
                  <EntryCard
                    entry={group.entries[0]}
                    controls={controls}
                    isAboutOneElement={isAboutOneElement}
                  />
                ) : (
                  <GroupCard group={group} controls={controls} isAboutOneElement={isAboutOneElement} />
                )}
              </li>
            ))}
          </ol>
        </section>
      ))}
    </>
  )
}
