import type { ComponentChildren, JSX } from 'preact'

import type { ElementLink } from './viewer-context.ts'

/** A link that is followed within the viewer, and by the browser where it is to open elsewhere. */
export function Link({
  to,
  children,
  ...attributes
}: {
  readonly to: ElementLink
  readonly class: string
  readonly children: ComponentChildren
  readonly isHere?: boolean
}): JSX.Element {
  return (
    <a
      class={attributes.class}
      href={to.href}
      aria-current={attributes.isHere === true ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        to.follow()
      }}
    >
      {children}
    </a>
  )
}
