import type { JSX } from 'preact'

import { describePath } from '../model/field-names.ts'
import { nameType } from '../model/entry-view.ts'
import type { ElementName } from '../model/view-state.ts'
import { Icon } from '../shell/icon.tsx'
import { EmptyFeed } from './feed-view.tsx'
import { History, type HistoryProperties } from './history.tsx'

/** The history of one element, or of one of its fields. */
export function Timeline({
  element,
  field,
  showAll,
  isRaw,
  setRaw,
  ...others
}: {
  readonly element: ElementName
  /** JSON Pointer of the only field that is shown; null: all. */
  readonly field: string | null
  readonly showAll: () => void
  readonly isRaw: boolean
  readonly setRaw: (isRaw: boolean) => void
} & Pick<HistoryProperties, 'link' | 'search' | 'isWholePage'>): JSX.Element {
  const { elementType, elementId } = element
  return (
    <div class="timeline">
      <div class="timeline-bar">
        {field === null ? (
          <span class="faint">Newest first</span>
        ) : (
          <span class="chip">
            Only <b>{describePath(field)}</b>
            <button aria-label="Show all fields" onClick={showAll}>
              <Icon name="close" />
            </button>
          </span>
        )}
        <label class="check is-small">
          <input type="checkbox" checked={isRaw} onChange={(event) => setRaw(event.currentTarget.checked)} />
          <span>Every entry by itself</span>
        </label>
      </div>
      <History
        filter={{
          elementType,
          elementId,
          ...(field === null ? {} : { changed: field }),
        }}
        isRaw={isRaw}
        isAboutOneElement
        empty={
          <EmptyFeed isFiltered={field !== null} clear={showAll} noun={`this ${nameType(elementType)}`} />
        }
        {...others}
      />
    </div>
  )
}
