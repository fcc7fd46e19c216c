import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

import { windowPages, type PageWindow } from '../model/measure-pages.ts'

/** How far beyond what is seen pages are drawn, in pixels. */
const marginPx = 1200
/** What a page is taken for before it was drawn. */
const guessedPx = 2400

/** Which pages of a list are drawn. */
export interface DrawnPages extends PageWindow {
  readonly list: RefObject<HTMLDivElement | null>
  /** How high a page was when it was drawn last. */
  readonly heightOf: (index: number) => number
  /** Hands the box of a page over, to be measured while it is drawn. */
  readonly observe: (index: number) => (box: HTMLElement | null) => void
}

/**
 * Draws only the pages of a long list that are near what is seen; the others are empty room of the height that they
 * had. Whatever scrolls, the page or a box around the list, is noticed.
 *
 * @param onSeen which pages are drawn now, and whether the end of the list is near
 */
export function usePageWindow(
  count: number,
  onSeen: (first: number, end: number, isEndNear: boolean) => void,
): DrawnPages {
  const list = useRef<HTMLDivElement>(null)
  const heights = useRef<number[]>([])
  const [drawn, setDrawn] = useState<PageWindow>({
    first: 0,
    end: Math.min(1, count),
    spaceBefore: 0,
    spaceAfter: 0,
  })
  const seen = useRef(onSeen)
  seen.current = onSeen

  const look = useRef(() => {})
  look.current = () => {
    const box = list.current?.getBoundingClientRect()
    if (box === undefined) return
    // a list of fewer pages than before has begun anew
    heights.current.length = count
    const known = Array.from({ length: count }, (_, index) => heights.current[index] ?? guessedPx)
    const visible = { top: -box.top, bottom: window.innerHeight - box.top }
    const next = windowPages(known, visible, marginPx)
    setDrawn((now) => (isSameWindow(now, next) ? now : next))
    seen.current(next.first, next.end, box.bottom < window.innerHeight + marginPx)
  }

  useLayoutEffect(() => look.current(), [count])

  useEffect(() => {
    const { current } = list
    if (current === null) return
    const onChange = () => look.current()
    const roots = rootsAround(current)
    for (const root of roots) root.addEventListener('scroll', onChange, { capture: true, passive: true })
    window.addEventListener('resize', onChange, { passive: true })
    return () => {
      for (const root of roots) root.removeEventListener('scroll', onChange, { capture: true })
      window.removeEventListener('resize', onChange)
    }
  }, [])

  const sizes = useRef<ResizeObserver>(null)
  sizes.current ??= new ResizeObserver((boxes) => {
    for (const { target, borderBoxSize } of boxes) {
      const index = Number(target instanceof HTMLElement ? target.dataset['page'] : -1)
      const height = borderBoxSize[0]?.blockSize ?? 0
      if (index >= 0 && height > 0) heights.current[index] = height
    }
    look.current()
  })
  useEffect(() => () => sizes.current?.disconnect(), [])

  return {
    ...drawn,
    list,
    heightOf: (index) => heights.current[index] ?? guessedPx,
    observe: () => (box) => {
      if (box !== null) sizes.current?.observe(box)
    },
  }
}

function isSameWindow(one: PageWindow, other: PageWindow): boolean {
  return (
    one.first === other.first &&
    one.end === other.end &&
    one.spaceBefore === other.spaceBefore &&
    one.spaceAfter === other.spaceAfter
  )
}

// a scroll event does not leave the shadow tree in which it happens
function rootsAround(node: Node): readonly (Document | ShadowRoot)[] {
  const root = node.getRootNode()
  if (root instanceof ShadowRoot) return [root, ...rootsAround(root.host)]
  return root instanceof Document ? [root] : []
}
