import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

import { Icon } from '../shell/icon.tsx'
import { useSheet } from '../shell/use-sheet.tsx'
import { useUniqueId } from '../shell/use-unique-id.ts'
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
  const id = useUniqueId()
  const dialog = useRef<HTMLDialogElement>(null)
  useSheet(dialog, sheet)
  useLayoutEffect(() => {
    const { current } = dialog
    current?.showModal()
    // closed before it goes, it gives the focus back to where it was
    return () => current?.close()
  }, [])
  return (
    <dialog class={`dialog ${size}`} part="dialog" ref={dialog} aria-labelledby={id} onClose={close}>
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button class="icon-button" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
