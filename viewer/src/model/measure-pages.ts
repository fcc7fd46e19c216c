/** Which of many pages are drawn, and how much room the others take. */
export interface PageWindow {
  /** The first page that is drawn. */
  readonly first: number
  /** Behind the last page that is drawn. */
  readonly end: number
  /** The room of the pages before, in pixels. */
  readonly spaceBefore: number
  /** The room of the pages behind. */
  readonly spaceAfter: number
}

/**
 * The pages that lie within `margin` of what can be seen, given the height of every page. At least one is drawn.
 *
 * @param visible from where to where the list can be seen, in pixels from its beginning
 */
export function windowPages(
  heights: readonly number[],
  visible: { readonly top: number; readonly bottom: number },
  margin: number,
): PageWindow {
  const total = heights.reduce((sum, height) => sum + height, 0)
  // what is scrolled beyond the end still sees the last page
  const top = Math.min(visible.top, total) - margin
  const bottom = visible.bottom + margin
  let [first, end, offset, spaceBefore, drawn] = [-1, 0, 0, 0, 0]
  for (const [index, height] of heights.entries()) {
    const isNear = offset + height >= top && offset <= bottom
    if (isNear) {
      if (first < 0) [first, spaceBefore] = [index, offset]
      end = index + 1
      drawn += height
    }
    offset += height
  }
  if (first < 0)
    return {
      first: 0,
      end: Math.min(1, heights.length),
      spaceBefore: 0,
      spaceAfter: total - (heights[0] ?? 0),
    }
  return { first, end, spaceBefore, spaceAfter: total - spaceBefore - drawn }
}
