import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { jsonValue } from '../../test/support/documents.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { formatJson, isSameJson } from './json.ts'

const filter = { elementType: 'world_elements', order: 'newest' }

// FNV-1a of {"elementType":"world_elements","order":"newest"}, computed elsewhere
const fingerprint = '63665ad3569ac867'

const write = (text: string): string => btoa(text).replaceAll('=', '')

describe('a cursor', () => {
  test('comes back with its filter, and holds only what a URL may', () => {
    const id = fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n }).map(String)
    fc.assert(
      fc.property(id, jsonValue, (entry, anyFilter) => {
        const cursor = encodeCursor({ id: entry, filter: anyFilter })
        expect(cursor).toMatch(/^[\w-]+$/)
        expect(decodeCursor(cursor, anyFilter).id).toBe(entry)
      }),
    )
  })

  test('is refused with another filter', () => {
    fc.assert(
      fc.property(jsonValue, jsonValue, (one, other) => {
        fc.pre(!isSameJson(one, other))
        const cursor = encodeCursor({ id: '42', filter: one })
        expect(() => decodeCursor(cursor, other), formatJson([one, other])).toThrow(/another filter/)
      }),
    )
  })

  test('does not mind the order of keys in the filter', () => {
    const cursor = encodeCursor({ id: '42', filter: { a: 1, b: { c: 2, d: 3 } } })
    expect(decodeCursor(cursor, { b: { d: 3, c: 2 }, a: 1 }).id).toBe('42')
  })

  test('is the same text in every release of this version', () => {
    expect(encodeCursor({ id: '42', filter })).toBe(write(`{"v":1,"id":"42","filter":"${fingerprint}"}`))
  })

  const good = encodeCursor({ id: '42', filter })

  test.each([
    ['', /malformed/],
    [' ', /malformed/],
    ['!', /malformed/],
    ['a', /malformed/],
    ['null', /malformed/],
    [`${good} `, /malformed/],
    [`${good}=`, /malformed/],
    [good.slice(0, -8), /malformed/],
    [good.slice(1), /malformed/],
    [`é${good}`, /malformed/],
    [write('null'), /malformed/],
    [write('1.0'), /malformed/],
    [write('[1,"42"]'), /malformed/],
    [write('"v"'), /malformed/],
    [write('{'), /malformed/],
    [write('{}'), /another version/],
    [write(`{"v":2,"id":"42","filter":"${fingerprint}"}`), /another version/],
    [write(`{"v":1.0,"id":"42","filter":"${fingerprint}"}`), /another version/],
    [write(`{"v":"1","id":"42","filter":"${fingerprint}"}`), /another version/],
    [write('{"v":1}'), /no entry/],
    [write(`{"v":1,"filter":"${fingerprint}"}`), /no entry/],
    [write('{"v":1,"id":"42"}'), /no entry/],
    [write(`{"v":1,"id":42,"filter":"${fingerprint}"}`), /no entry/],
    [write(`{"v":1,"id":"","filter":"${fingerprint}"}`), /no entry/],
    [write(`{"v":1,"id":"-1","filter":"${fingerprint}"}`), /no entry/],
    [write(`{"v":1,"id":"042","filter":"${fingerprint}"}`), /no entry/],
    [write(`{"v":1,"id":"1e3","filter":"${fingerprint}"}`), /no entry/],
    [write(`{"v":1,"id":"42; drop","filter":"${fingerprint}"}`), /no entry/],
    [write(`{"v":1,"id":"9223372036854775808","filter":"${fingerprint}"}`), /no entry/],
    [write('{"v":1,"id":"42","filter":"0000000000000000"}'), /another filter/],
  ])('%j is refused', (text, reason) => {
    expect(() => decodeCursor(text, filter)).toThrow(
      expect.objectContaining({ code: 'invalid_cursor', message: expect.stringMatching(reason) }),
    )
  })

  test.each(['', '-1', '1.5', 'x', '9223372036854775808'])('cannot be made for the entry %j', (id) => {
    expect(() => encodeCursor({ id, filter })).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})
