import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { diff } from '../../../src/core/diff.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { changedFields, type ChangedField } from './changed-fields.ts'
import { exampleEntry } from './example-entry.ts'
import { sumChanges } from './net-change.ts'

describe('changed fields', () => {
  test('are the leaves of nested documents, with arrays whole and redacted columns by name', () => {
    expect(
      changedFields({
        before: { a: { x: 1, y: [1] }, gone: true },
        after: { a: { x: 2, y: [2] }, 'odd/key': null },
        redacted: ['secret'],
      }).map(({ path, before, after, isRedacted }) => [path, before, after, isRedacted]),
    ).toEqual([
      ['/a/x', 1, 2, false],
      ['/a/y', [1], [2], false],
      ['/gone', true, undefined, false],
      ['/odd~1key', undefined, null, false],
      ['/secret', undefined, undefined, true],
    ])
  })

  test('of an insert or a delete leave out what is empty', () => {
    expect(changedFields({ after: { a: 1, b: null } }).map(({ path }) => path)).toEqual(['/a'])
    expect(changedFields({ before: { a: 1, b: null } }).map(({ path }) => path)).toEqual(['/a'])
  })

  test('tell an emptied object from an object that changed inside', () => {
    expect(changedFields({ before: { a: {} }, after: { a: { x: 1 } } })).toEqual([
      { path: '/a/x', before: undefined, after: 1, isRedacted: false },
    ])
  })
})

describe('the sum of changes', () => {
  const document = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(
      fc.integer(),
      fc.constantFrom('x', 'y'),
      fc.dictionary(fc.constantFrom('p', 'q'), fc.integer(), { minKeys: 1 }),
    ),
  )

  test('is what leads from the first state to the last, wherever it can be told', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 2, maxLength: 5 }), (states: JsonObject[]) => {
        const entries = states.slice(1).flatMap((state, index) => {
          const changes = diff(states[index] ?? {}, state)
          return changes === null ? [] : [exampleEntry({ id: String(index), changes })]
        })
        const sum = sumChanges(entries.toReversed())
        if (sum === null) return
        const byPath = (fields: readonly ChangedField[]) =>
          fields.toSorted((one, other) => (one.path < other.path ? -1 : 1))
        expect(byPath(sum)).toEqual(byPath(changedFields(diff(states[0] ?? {}, states.at(-1) ?? {}))))
      }),
    )
  })

  test('leaves out what came back, and cannot be told across a deletion', () => {
    const there = exampleEntry({ id: '1', changes: { before: { hp: 1 }, after: { hp: 2 } } })
    const back = exampleEntry({ id: '2', changes: { before: { hp: 2 }, after: { hp: 1 } } })
    expect(sumChanges([back, there])).toEqual([])
    expect(sumChanges([exampleEntry({ action: 'delete', changes: { before: { hp: 1 } } }), there])).toBeNull()
  })
})
