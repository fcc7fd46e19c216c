import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { openEditFile } from '../../../examples/replay/read-edits.ts'
import { documentPair } from '../../../test/support/documents.ts'
import { applyJsonPatch } from '../../../test/support/json-patch.ts'
import { formatJson, isSameJson, parseJson, type JsonObject, type JsonValue } from '../json.ts'
import { alignSequences } from './align.ts'
import { diffDocuments } from './diff-documents.ts'
import { diffWords } from './diff-words.ts'
import { toJsonPatch } from './json-patch.ts'
import { toMergePatch } from './merge-patch.ts'

describe('diffDocuments', () => {
  test('tells what was added, removed and changed, by JSON Pointer', () => {
    expect(
      diffDocuments(
        { name: 'Ged', attributes: { hp: 1, 'a/b~c': 1 } },
        { name: 'Sparrowhawk', attributes: { hp: 1, x: null } },
      ),
    ).toEqual([
      { kind: 'changed', path: '/name', before: 'Ged', after: 'Sparrowhawk' },
      { kind: 'removed', path: '/attributes/a~1b~0c', before: 1 },
      { kind: 'added', path: '/attributes/x', after: null },
    ])
  })

  test('compares numbers as they were written', () => {
    expect(diffDocuments(parseJson('[1.0]'), parseJson('[1]'))).toHaveLength(1)
    expect(diffDocuments(parseJson('{"a": 1.0}'), parseJson('{"a": 1.0}'))).toEqual([])
  })

  test('knows items by their identity, wherever they went', () => {
    const before = [
      { id: 1, hp: 1 },
      { id: 2, hp: 1 },
      { id: 3, hp: 1 },
    ]
    const after = [
      { id: 3, hp: 1 },
      { id: 1, hp: 2 },
      { id: 4, hp: 1 },
    ]
    expect(diffDocuments({ items: before }, { items: after })).toEqual([
      { kind: 'removed', path: '/items/1', before: { id: 2, hp: 1 } },
      { kind: 'moved', path: '/items/1', from: '/items/0' },
      { kind: 'changed', path: '/items/1/hp', before: 1, after: 2 },
      { kind: 'added', path: '/items/2', after: { id: 4, hp: 1 } },
    ])
  })

  test('takes the identity keys that it is told', () => {
    const [before, after] = [
      [
        { slug: 'a', n: 1 },
        { slug: 'b', n: 1 },
      ],
      [{ slug: 'b', n: 1 }],
    ]
    expect(diffDocuments(before, after, { identityKeys: ['slug'] })).toEqual([
      { kind: 'removed', path: '/0', before: { slug: 'a', n: 1 } },
    ])
  })

  test('finds the longest common subsequence of other items', () => {
    expect(diffDocuments(['a', 'b', 'c', 'd'], ['b', 'c', 'x', 'd'])).toEqual([
      { kind: 'removed', path: '/0', before: 'a' },
      { kind: 'added', path: '/2', after: 'x' },
    ])
    expect(diffDocuments(['a', 'b', 'c'], ['b', 'c', 'a'])).toEqual([
      { kind: 'moved', path: '/2', from: '/0' },
    ])
  })

  test('is empty just where the documents are the same', () => {
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        expect(diffDocuments(before, after).length === 0).toBe(isSameJson(before, after))
      }),
    )
  })
})

describe('toJsonPatch', () => {
  test('makes the one document of the other', () => {
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        expect(isSameJson(applyJsonPatch(before, toJsonPatch(before, after)), after)).toBe(true)
      }),
    )
  })

  test('with items that come, go, move and change at once', () => {
    const items = fc.uniqueArray(fc.record({ id: fc.nat(9), n: fc.nat(2) }), { selector: ({ id }) => id })
    const scalars = fc.array(fc.constantFrom('a', 'b', 'c', 'd'))
    fc.assert(
      fc.property(fc.oneof(fc.tuple(items, items), fc.tuple(scalars, scalars)), ([before, after]) => {
        expect(applyJsonPatch(before, toJsonPatch(before, after))).toEqual(after)
      }),
      { numRuns: 2000 },
    )
  })

  test('moves one item by one operation, to the end too', () => {
    const [a, b, c] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
    expect(toJsonPatch([a, b, c], [b, c, a])).toEqual([{ op: 'move', from: '/0', path: '/2' }])
    expect(toJsonPatch([a, b, c], [c, a, b])).toEqual([{ op: 'move', from: '/2', path: '/0' }])
  })
})

describe('toMergePatch', () => {
  test('makes the one document of the other, or says that it cannot', () => {
    fc.assert(
      fc.property(documentPair, ({ before, after }) => {
        let patch: JsonValue
        try {
          patch = toMergePatch(before, after)
        } catch (error) {
          expect(error).toMatchObject({
            code: 'invalid_argument',
            message: expect.stringContaining('toJsonPatch'),
          })
          return
        }
        expect(isSameJson(merge(before, patch), after)).toBe(true)
      }),
    )
  })

  test('cannot set null, and says where', () => {
    expect(() => toMergePatch({ a: { b: 1 } }, { a: { b: null } })).toThrow('/a/b')
  })
})

describe('diffWords', () => {
  test('shows the words that changed', () => {
    expect(diffWords('a good mage', 'a great mage')).toEqual([
      { kind: 'same', text: 'a ' },
      { kind: 'removed', text: 'good' },
      { kind: 'added', text: 'great' },
      { kind: 'same', text: ' mage' },
    ])
  })

  test('keeps both texts whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const parts = diffWords(before, after)
        const text = (without: string) =>
          parts
            .filter(({ kind }) => kind !== without)
            .map((part) => part.text)
            .join('')
        expect([text('added'), text('removed')]).toEqual([before, after])
      }),
    )
  })
})

test('long lists without a common order are aligned too', () => {
  const before = Array.from({ length: 5000 }, (_, index) => String(index))
  const pairs = alignSequences(before, [...before.slice(2500), ...before.slice(0, 2500)])
  expect(pairs).toHaveLength(2500)
})

const sharedHistory = fileURLToPath(new URL('../../../../shared/data/srd-history.ndjson.gz', import.meta.url))

test.skipIf(!existsSync(sharedHistory))(
  'every update of the shared edit history is what its patch makes of the document before',
  async () => {
    const world = new Map<string, JsonObject>()
    let updates = 0
    for await (const { operations } of (await openEditFile(sharedHistory)).edits) {
      for (const operation of operations) {
        const id = `${operation.kind}/${operation.index}`
        const before = world.get(id)
        if (operation.action === 'delete') world.delete(id)
        else world.set(id, operation.doc)
        if (operation.action !== 'update' || before === undefined) continue
        updates += 1
        const patched = applyJsonPatch(before, toJsonPatch(before, operation.doc))
        if (!isSameJson(patched, operation.doc)) throw new Error(`${id}: ${formatJson(before)}`)
        expect(diffDocuments(before, operation.doc).length > 0).toBe(!isSameJson(before, operation.doc))
      }
    }
    expect(updates).toBe(26_376)
  },
  60_000,
)
if (!existsSync(sharedHistory)) console.log('Skipped: the shared edit history is not there.')

function merge(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch
  const result = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key)
    else result.set(key, merge(result.get(key) ?? null, value))
  }
  return Object.fromEntries(result)
}

function isObject(value: JsonValue): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !('rawJSON' in value && Object.getPrototypeOf(value) === null)
  )
}
