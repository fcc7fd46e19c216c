import { expect, test } from 'vitest'

import { drawBars, drawLines } from '../../bench/charts/svg.ts'

test('the longest bar is that of the greatest value, and others are in proportion', () => {
  const svg = drawBars('Times', '', [
    { name: 'bare', value: 1, kind: 'yardstick' },
    { name: 'a <b>', value: 4, kind: 'other' },
  ])
  expect([...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))).toEqual([
    100, 400,
  ])
  expect(svg).toContain('a &lt;b>')
})

test('a line goes through its values on logarithmic axes, up where they are greater', () => {
  const svg = drawLines('Growth', '', [
    {
      name: 'write',
      points: [
        { at: 1000, value: 10 },
        { at: 10_000, value: 100 },
        { at: 100_000, value: 1000 },
      ],
    },
  ])
  const [points = ''] = /(?<=points=")[^"]*/.exec(svg) ?? []
  expect(points.split(' ')).toEqual(['70,320', '260,190', '450,60'])
})
