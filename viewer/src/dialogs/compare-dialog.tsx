import type { JSX } from 'preact'

import type { FeedControls } from '../feed/feed-controls.ts'
import { nameOf } from '../model/entry-view.ts'
import { CompareStates } from '../versions/compare-states.tsx'
import { VersionName } from '../versions/version-name.tsx'
import { Dialog } from './dialog.tsx'
import { useSignal } from '../shell/signal.ts'

/** Two versions of an element on top of the feed, the older on the left. */
export function CompareDialog({ controls }: { readonly controls: FeedControls }): JSX.Element | null {
  const compared = useSignal(controls.compared)
  if (compared === null) return null
  const { from, to } = compared
  return (
    <Dialog
      title={`Two versions of ${nameOf(to)}`}
      size="is-wide"
      close={() => (controls.compared.value = null)}
    >
      <div class="dialog-scroll" tabIndex={0} role="region" aria-label="Differences">
        <CompareStates
          element={to}
          older={{ entry: from.id }}
          newer={{ entry: to.id }}
          olderName={<VersionName entry={from} />}
          newerName={<VersionName entry={to} />}
        />
      </div>
    </Dialog>
  )
}
