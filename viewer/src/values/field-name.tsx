import type { JSX } from 'preact'

import { describePath, segmentsOf } from '../model/field-names.ts'
import type { ElementName } from '../model/view-state.ts'
import { Icon } from '../shell/icon.tsx'
import { useViewer } from '../shell/viewer-context.ts'

/** A field's name, and the way to its history. */
export function FieldName({
  path,
  element,
  isInside = false,
}: {
  readonly path: string
  readonly element: ElementName
  /** The column is named already: only the way within it is. */
  readonly isInside?: boolean
}): JSX.Element {
  const { showField } = useViewer()
  const inner = isInside ? path.indexOf('/', 1) : 0
  if (inner < 0) return <span class="hidden">{describePath(path)}</span>
  const name = describePath(path.slice(inner))
  return (
    <span class="field-name">
      <span title={segmentsOf(path).join('.')}>{name}</span>
      {showField === null ? null : (
        <button
          class="icon-button is-small is-quiet"
          title={`History of ${name}`}
          aria-label={`History of ${name}`}
          onClick={() => showField(element, path)}
        >
          <Icon name="history" />
        </button>
      )}
    </span>
  )
}
