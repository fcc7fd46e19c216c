import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { windowPages } from './measure-pages.ts'

describe('the window of pages', () => {
  test('holds what can be seen and a margin', () => {
    expect(windowPages([100, 100, 100, 100, 100], { top: 210, bottom: 290 }, 20)).toEqual({
      first: 1,
      end: 4,
      spaceBefore: 100,
      spaceAfter: 100,
    })
  })

  test('is never empty, and with its room as high as the whole list', () => {
    const heights = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(heights, fc.integer({ min: -9000, max: 300_000 }), (pages, top) => {
        const { first, end, spaceBefore, spaceAfter } = windowPages(pages, { top, bottom: top + 800 }, 1000)
        const sum = (list: readonly number[]) => list.reduce((total, height) => total + height, 0)
        expect(end).toBeGreaterThan(first)
        expect(spaceBefore).toBe(sum(pages.slice(0, first)))
        expect(spaceAfter).toBe(sum(pages.slice(end)))
      }),
    )
  })

  test('of no page is empty', () => {
    expect(windowPages([], { top: 0, bottom: 800 }, 1000)).toEqual({
      first: 0,
      end: 0,
      spaceBefore: 0,
      spaceAfter: 0,
    })
  })
})
