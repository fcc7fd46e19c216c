import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'

import { Icon, type IconName } from '../shell/icon.tsx'
import { useUniqueId } from '../shell/use-unique-id.ts'

/** A button that opens a box below it. */
export function Menu({
  icon,
  label,
  children,
}: {
  readonly icon: IconName
  readonly label: string
  /** What is in the box, given what closes it. */
  readonly children: (close: () => void) => JSX.Element
}): JSX.Element {
  const id = useUniqueId()
  const button = useRef<HTMLButtonElement>(null)
  const box = useRef<HTMLDivElement>(null)
  return (
    <div>
      <button class="button is-quiet" popovertarget={id} ref={button}>
        <Icon name={icon} />
        {label}
      </button>
      <div
        id={id}
        class="popover"
        popover="auto"
        ref={box}
        onToggle={({ newState }) => {
          // in a shadow tree browsers do not give the focus back by themselves
          if (newState === 'closed' && box.current?.matches(':focus-within') === true) button.current?.focus()
        }}
      >
        {children(() => box.current?.hidePopover())}
      </div>
    </div>
  )
}
