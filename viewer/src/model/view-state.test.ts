import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { formatState, initialState, parseState, type ViewState } from './view-state.ts'

const element = fc.record({ elementType: fc.string(), elementId: fc.string() })
const entryId = fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n }).map(String)

const states: fc.Arbitrary<ViewState> = fc
  .record({
    view: fc.constantFrom('activity' as const, 'deleted' as const, 'element' as const),
    query: fc.string(),
    someElement: element,
    someTab: fc.constantFrom('history' as const, 'asof' as const, 'blame' as const),
    isRaw: fc.boolean(),
    entry: fc.option(entryId),
    compared: fc.option(fc.record({ from: entryId, to: entryId })),
    at: fc.option(fc.string({ minLength: 1 })),
  })
  .map(({ someElement, someTab, ...state }) => ({
    ...state,
    element: state.view === 'element' ? someElement : null,
    tab: state.view === 'element' ? someTab : ('history' as const),
  }))

describe('the state in the address', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(states, (state) => {
        const address = new URL(`https://example.org/audit/viewer/?${formatState(state).toString()}`)
        expect(parseState(address.searchParams)).toEqual(state)
      }),
    )
  })

  test('is empty where nobody has chosen anything', () => {
    expect(formatState(initialState).toString()).toBe('')
  })

  test.each(['entry=abc', 'view=nonsense', 'tab=blame', 'from=1', 'raw=yes', 'type=t'])(
    'that makes no sense (%s) is as if it were not there',
    (search) => {
      expect(parseState(new URLSearchParams(search))).toEqual(initialState)
    },
  )
})
