import type { JSX } from 'preact'

import { nameOf } from '../model/entry-view.ts'
import { Icon } from '../shell/icon.tsx'
import { VersionName } from '../versions/version-name.tsx'
import type { FeedControls } from './feed-controls.ts'
import { useSignal } from '../shell/signal.ts'

/** Says that a version waits for another one to be compared with. */
export function CompareBar({ controls }: { readonly controls: FeedControls }): JSX.Element | null {
  const marked = useSignal(controls.marked)
  if (marked === null) return null
  return (
    <div class="compare-bar" role="status">
      <Icon name="compare" />
      <span>
        Comparing <VersionName entry={marked} />. Choose another version of {nameOf(marked)}.
      </span>
      <button class="button is-quiet" onClick={() => (controls.marked.value = null)}>
        Cancel
      </button>
    </div>
  )
}
