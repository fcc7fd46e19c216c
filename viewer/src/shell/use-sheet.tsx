import type { ComponentChildren, JSX, RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

const sheets = new Map<string, CSSStyleSheet>()

/** The style sheet of a text: constructed, so that a policy that allows no inline style allows it. One for all elements. */
export function sheetOf(text: string): CSSStyleSheet {
  const known = sheets.get(text)
  if (known !== undefined) return known
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  sheets.set(text, sheet)
  return sheet
}

/** Adds the style sheet of a part that was fetched later to the shadow tree in which it is drawn. */
export function useSheet(inside: RefObject<Element | null>, text: string): void {
  useLayoutEffect(() => {
    const root = inside.current?.getRootNode()
    if (!(root instanceof ShadowRoot)) return
    const sheet = sheetOf(text)
    if (!root.adoptedStyleSheets.includes(sheet))
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
  }, [])
}

/** What is drawn with a style sheet of its own. */
export function Sheeted({
  sheet,
  children,
}: {
  readonly sheet: string
  readonly children: ComponentChildren
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  useSheet(place, sheet)
  return <div ref={place}>{children}</div>
}
