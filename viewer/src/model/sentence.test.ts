import { describe, expect, test } from 'vitest'

import { exampleEntry } from './example-entry.ts'
import { describeEntry, sentenceText, type SentenceOptions } from './sentence.ts'
import type { LabelledEntry } from './entry-view.ts'

function say(entry: Partial<LabelledEntry>, options: Partial<SentenceOptions> = {}): string {
  return sentenceText(
    describeEntry(exampleEntry(entry), {
      actorName: 'Ada',
      labelColumn: 'name',
      isAboutOneElement: false,
      ...options,
    }),
  )
}

describe('the sentence of an entry', () => {
  test.each<[Partial<LabelledEntry>, string]>([
    [{ action: 'insert', changes: { after: { name: 'Ged' } } }, 'Ada created Ged'],
    [{ action: 'delete', changes: { before: { name: 'Ged' } } }, 'Ada deleted Ged'],
    [{ action: 'read', changes: null }, 'Ada looked at Ged'],
    [{ changes: { before: { ruler: 'a' }, after: { ruler: 'b' } } }, 'Ada changed ruler of Ged'],
    [
      { changes: { before: { title: 'a', ruler: 'a' }, after: { title: 'b', ruler: 'b' } } },
      'Ada changed 2 fields of Ged: title, ruler',
    ],
    [{}, 'Ada renamed Ged to Sparrowhawk'],
    [{ changes: { before: {}, after: {}, redacted: ['secret_notes'] } }, 'Ada changed secret notes of Ged'],
    [{ changes: null, fields: ['home_port', 'hp'] }, 'Ada changed 2 fields of Ged: home port, hp'],
    [
      { label: null, changes: { before: { hp: 1 }, after: { hp: 2 } } },
      'Ada changed hp of world element 9b2f0000…',
    ],
    [
      { context: { undoes: ['7'] }, changes: { before: { hp: 1 }, after: { hp: 2 } } },
      'Ada restored hp of Ged',
    ],
    [{ action: 'insert', changes: { after: {} }, context: { undoes: ['7'] } }, 'Ada brought back Ged'],
  ])('of %j is "%s"', (entry, sentence) => {
    expect(say(entry)).toBe(sentence)
  })

  test('does not name the element where the page is about it alone', () => {
    expect(say({ changes: { before: { hp: 1 }, after: { hp: 2 } } }, { isAboutOneElement: true })).toBe(
      'Ada changed hp',
    )
  })

  test('names where a nested field is, and cuts a long list', () => {
    const before = { attributes: { stats: { nerve: 1, oar: 1 }, rank: 'a', age: 1, home: 'x' } }
    const after = { attributes: { stats: { nerve: 2, oar: 2 }, rank: 'b', age: 2, home: 'y' } }
    expect(say({ changes: { before, after } })).toBe(
      'Ada changed 5 fields of Ged: stats › nerve, stats › oar, rank and 2 more',
    )
  })

  test('leaves markup as it is: a name is text', () => {
    expect(say({ label: '<img src=x onerror=alert(1)>', action: 'read', changes: null })).toBe(
      'Ada looked at <img src=x onerror=alert(1)>',
    )
  })
})
