import type { ComponentChildren, JSX } from 'preact'

/** What went: marked by a line, a colour and, for those who see neither, by words. */
export function Removed({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <del part="removed">
      <span class="hidden">removed: </span>
      {children}
      <span class="hidden"> (end of removal) </span>
    </del>
  )
}

/** What came. */
export function Added({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <ins part="added">
      <span class="hidden">added: </span>
      {children}
      <span class="hidden"> (end of addition) </span>
    </ins>
  )
}
