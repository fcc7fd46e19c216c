import { expect, test } from 'vitest'

import { runRounds } from '../../bench/rounds.ts'

function variant(name: string, measured: readonly number[], order: string[]) {
  let round = 0
  return {
    name,
    run: async () => {
      order.push(name)
      return measured[round++] ?? Number.NaN
    },
  }
}

test('variants take turns, and a round before the first warms up without counting', async () => {
  const order: string[] = []
  const results = await runRounds([variant('a', [1000, 1, 1], order), variant('b', [9, 2, 2], order)], 2)
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
  expect(results.map(({ median }) => median)).toEqual([1, 2])
})

test('a variant is compared with the first one of its own round, not with its median', async () => {
  // the machine is ten times as slow in the second round, for both
  const [, second] = await runRounds(
    [variant('a', [0, 10, 100, 20], []), variant('b', [0, 30, 300, 60], [])],
    3,
  )
  expect(second).toMatchObject({ ratio: 3, spread: [3, 3], added: 40, median: 60 })
})

test('the middle of an even number of rounds lies between two', async () => {
  const [first] = await runRounds([variant('a', [0, 1, 4], [])], 2)
  expect(first?.median).toBe(2.5)
})
