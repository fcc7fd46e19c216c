import type { JSX } from 'preact'

import { useViewer } from '../shell/viewer-context.ts'
import { Dialog } from './dialog.tsx'
import { useSignal } from '../shell/signal.ts'

const keys = [
  ['j', 'or ↓', 'next change'],
  ['k', 'or ↑', 'previous change'],
  ['Enter', '', 'show or hide what changed'],
  ['c', '', 'mark a version, then another: compare the two'],
  ['/', '', 'filter'],
  ['?', '', 'this help'],
] as const

/** The keys, and how to switch them off. */
export function HelpDialog({ close }: { readonly close: () => void }): JSX.Element {
  const { keyboard } = useViewer()
  const isOn = useSignal(keyboard)
  return (
    <Dialog title="Keyboard" size="is-narrow" close={close}>
      <dl class="keys">
        {keys.map(([key, other, what]) => (
          <div key={key}>
            <dt>
              <kbd class="tag">{key}</kbd> {other}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => (keyboard.value = event.currentTarget.checked)}
        />
        <span>Single keys are shortcuts</span>
      </label>
    </Dialog>
  )
}
