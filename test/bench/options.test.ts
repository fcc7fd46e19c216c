import { expect, test } from 'vitest'

import { parseOptions } from '../../bench/options.ts'

test('scenarios are asked for by name, and what is not said stays open', () => {
  expect(parseOptions(['bulk', '--rounds', '3'], ['bulk', 'history'])).toEqual({
    names: ['bulk'],
    quick: false,
    databaseUrl: undefined,
    peers: undefined,
    nodePeers: undefined,
    historyFile: undefined,
    rounds: 3,
    writes: undefined,
    largestLog: undefined,
  })
})

test.each([
  [['bulky'], 'There is no scenario "bulky". There are bulk, history.'],
  [['--rounds', '0'], '--rounds takes a whole number above 0; it is 0.'],
  [['--largest-log', 'ten'], '--largest-log takes a whole number above 0; it is ten.'],
  [['--quickly'], 'quickly'],
])('%j is refused', (argv, message) => {
  expect(() => parseOptions(argv, ['bulk', 'history'])).toThrow(message)
})
