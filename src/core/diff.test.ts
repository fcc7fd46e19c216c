import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { diffExamples } from '../../test/support/changes-examples.ts'
import { documentPair, jsonObject, parseState } from '../../test/support/documents.ts'
import { apply, rewind } from './apply.ts'
import { parseChanges } from './changes.ts'
import { diff } from './diff.ts'
import { formatJson, isSameJson, parseJson, type JsonObject } from './json.ts'

function nest(leaf: string): JsonObject | null {
  return parseState(`${'{"a":1.0,"b":'.repeat(1000)}${leaf}${'}'.repeat(1000)}`)
}

describe('diff', () => {
  test.each(diffExamples)('from $before to $after the changes are $changes', ({ before, after, changes }) => {
    const found = diff(parseState(before), parseState(after))
    expect(formatJson(parseJson(JSON.stringify(found)))).toBe(formatJson(parseJson(changes)))
  })

  test('applied it gives the later state, rewound the earlier one', () => {
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        const changes = diff(before, after)
        expect(isSameJson(apply(before, changes) ?? 'none', after)).toBe(true)
        expect(isSameJson(rewind(after, changes) ?? 'none', before)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('the same holds for documents that share nothing, and for none', () => {
    const state = fc.option(jsonObject, { nil: null })
    fc.assert(
      fc.property(state, state, (before, after) => {
        const changes = diff(before, after)
        expect(isSameJson(apply(before, changes), after)).toBe(true)
        expect(isSameJson(rewind(after, changes), before)).toBe(true)
      }),
    )
  })

  test('it is null exactly if the states are the same', () => {
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        expect(diff(before, after) === null).toBe(isSameJson(before, after))
        expect(diff(before, parseState(formatJson(before)))).toBeNull()
      }),
    )
  })

  test('backwards it is the same with before and after exchanged', () => {
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        const [forth, back] = [diff(before, after), diff(after, before)]
        expect(isSameJson(forth?.before ?? null, back?.after ?? null)).toBe(true)
        expect(isSameJson(forth?.after ?? null, back?.before ?? null)).toBe(true)
      }),
    )
  })

  test('what is passed is not modified', () => {
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        const texts = [formatJson(before), formatJson(after)]
        const changes = diff(before, after)
        const changesText = JSON.stringify(changes)
        apply(before, changes)
        rewind(after, changes)
        expect([formatJson(before), formatJson(after)]).toEqual(texts)
        expect(JSON.stringify(changes)).toBe(changesText)
      }),
    )
  })

  test('no prototype of what it gives is changed by a key __proto__', () => {
    const changes = diff(parseState('{"__proto__":{"a":1}}'), parseState('{"__proto__":{"a":2}}'))
    expect(Object.keys(changes?.after ?? {})).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(changes?.after)).toBe(Object.prototype)
  })

  test('a thousand levels are compared, applied and rewound', () => {
    const [before, after] = [nest('1'), nest('2')]
    const changes = diff(before, after)
    expect(formatJson(changes?.before ?? null)).toBe(`${'{"b":'.repeat(1000)}1${'}'.repeat(1000)}`)
    expect(isSameJson(apply(before, changes), after)).toBe(true)
    expect(isSameJson(rewind(after, changes), before)).toBe(true)
  })

  test('what it gives is read back from its text', () => {
    expect.hasAssertions()
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        const changes = diff(before, after) ?? {}
        expect(parseChanges(JSON.stringify(changes))).toEqual(changes)
      }),
    )
  })
})
