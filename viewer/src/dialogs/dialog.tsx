import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

import { Icon } from '../shell/icon.tsx'
import { useSheet } from '../shell/use-sheet.ts'
import sheet from '../styles/dialogs.css?inline'

/** A native dialog on top of everything, open as long as it is drawn. */
export function Dialog({
  title,
  close,
  children,
  size = '',
}: {
  readonly title: string
  readonly close: () => void
  readonly children: ComponentChildren
  readonly size?: '' | 'is-wide' | 'is-narrow'
}): JSX.Element {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useSheet(dialog, sheet)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog class={`dialog ${size}`} part="dialog" ref={dialog} aria-labelledby={id} onClose={close}>
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
