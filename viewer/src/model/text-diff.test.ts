import { diffArrays } from 'diff'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { countWords } from './count-words.ts'
import { findCommonRuns } from './common-runs.ts'
import { foldText } from './fold-text.ts'
import { diffText, type TextDiff } from './text-diff.ts'

function sides({ changes }: TextDiff): readonly [string, string] {
  const join = (without: 'added' | 'removed') =>
    changes.flatMap(({ kind, text }) => (kind === without ? [] : [text])).join('')
  return [join('added'), join('removed')]
}

describe('comparing texts', () => {
  test('marks words, and counts them', () => {
    const diff = diffText('A good mage fears water.', 'A great mage fears deep water.', { timeoutMs: 1000 })
    expect(diff.grain).toBe('words')
    expect(diff.changes.filter(({ kind }) => kind !== 'same')).toEqual([
      { kind: 'removed', text: 'good' },
      { kind: 'added', text: 'great' },
      { kind: 'added', text: 'deep ' },
    ])
    expect(countWords(diff)).toEqual({ added: 2, removed: 1 })
  })

  test('finds words in a language that writes no spaces', () => {
    const diff = diffText('彼女は海が好きです', '彼女は山が好きです', { timeoutMs: 1000, locale: 'ja' })
    expect(diff.changes.filter(({ kind }) => kind !== 'same')).toEqual([
      { kind: 'removed', text: '海' },
      { kind: 'added', text: '山' },
    ])
  })

  test('loses nothing of either text, whatever the grain', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c. ', ' ', '\n\n', 'ö', '山', '👩‍🚀'), { maxLength: 40 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, fc.constantFrom(1000, -1), (before, after, timeoutMs) => {
        expect(sides(diffText(before, after, { timeoutMs }))).toEqual([before, after])
      }),
    )
  })

  test('falls back to a coarser grain where there is no time, and at last replaces the whole', () => {
    const before = 'one two three. '.repeat(10)
    expect(diffText(before, 'four five six. ', { timeoutMs: -1 })).toEqual({
      grain: 'whole',
      changes: [
        { kind: 'removed', text: before },
        { kind: 'added', text: 'four five six. ' },
      ],
    })
  })
})

describe('finding what two lists have in common', () => {
  test('keeps as much as jsdiff does, in order, and nothing that differs', () => {
    const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 60 })
    fc.assert(
      fc.property(list, list, (before, after) => {
        const runs = findCommonRuns(before, after, 1000) ?? []
        const kept = runs.reduce((sum, { length }) => sum + length, 0)
        const same = diffArrays(before, after).filter(({ added, removed }) => !added && !removed)
        expect(kept).toBe(same.reduce((sum, { count }) => sum + count, 0))
        let [oldEnd, newEnd] = [0, 0]
        for (const { from, to, length } of runs) {
          expect(from >= oldEnd && to >= newEnd && length > 0).toBe(true)
          expect(before.slice(from, from + length)).toEqual(after.slice(to, to + length))
          ;[oldEnd, newEnd] = [from + length, to + length]
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('takes no longer for what was only appended, however much', () => {
    const before = Array.from({ length: 50_000 }, (_, index) => String(index))
    const runs = findCommonRuns(before, [...before, ...before.map((word) => `${word}!`)], 60_000)
    expect(runs).toEqual([{ from: 0, to: 0, length: 50_000 }])
  })
})

describe('folding', () => {
  test('hides what is far from any change, and loses nothing', () => {
    const same = 'word '.repeat(200)
    const changes = [
      { kind: 'same', text: same },
      { kind: 'added', text: 'new ' },
      { kind: 'same', text: same },
    ] as const
    const shown = foldText(changes)
    expect(shown.map(({ kind }) => kind)).toEqual(['folded', 'same', 'added', 'same', 'folded'])
    expect(shown.map(({ text }) => text).join('')).toBe(changes.map(({ text }) => text).join(''))
  })

  test('leaves short passages alone', () => {
    const changes = [{ kind: 'same', text: 'a short text' }] as const
    expect(foldText(changes)).toEqual(changes)
  })
})
