import { describe, expect, test } from 'vitest'

import { encodeCursor, writeParts } from './cursor.ts'
import { decodeWatchCursor, encodeWatchCursor, refuseSnapshotAhead } from './watch-cursor.ts'

describe('a cursor of watch', () => {
  test.each([
    { before: '735:738:736', until: null, afterId: '0', foreignId: '0' },
    { before: '735:738:736,737', until: '738:739:', afterId: '9223372036854775807', foreignId: '12' },
    { before: null, until: '18446744073709551615:18446744073709551615:', afterId: '1', foreignId: '0' },
  ])('comes back as it was: %j', (position) => {
    const text = encodeWatchCursor(position)
    expect(text).toMatch(/^[\w-]+$/)
    expect(decodeWatchCursor(text)).toEqual(position)
  })

  const parts = { v: 1, before: '735:738:', until: null, id: '0', foreign: '0' }
  test.each([
    ['nothing', ''],
    ['text that is none', 'abc'],
    ['another kind of cursor', encodeCursor({ id: '1', filter: null })],
    ['another version', writeParts({ ...parts, v: 2 })],
    ['no snapshot at all', writeParts({ ...parts, before: null })],
    ['a snapshot that is none', writeParts({ ...parts, before: `1:2:' or true` })],
    ['a snapshot of no transactions', writeParts({ ...parts, before: '0:0:' })],
    ['a snapshot that ends before it begins', writeParts({ ...parts, before: '738:735:' })],
    ['a snapshot with a stranger in it', writeParts({ ...parts, before: '735:738:734' })],
    ['a snapshot out of order', writeParts({ ...parts, before: '735:738:737,736' })],
    ['a snapshot beyond those that exist', writeParts({ ...parts, until: '1:18446744073709551617:' })],
    ['an id that is none', writeParts({ ...parts, id: '-1' })],
    ['an id beyond those that exist', writeParts({ ...parts, foreign: '9223372036854775808' })],
  ])('is refused when it is %s', (_, text) => {
    expect(() => decodeWatchCursor(text)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }))
  })
})

test('a snapshot that has seen more than there is is refused', () => {
  expect(() => refuseSnapshotAhead('735:738:736', '735:738:')).not.toThrow()
  expect(() => refuseSnapshotAhead('735:738:736', '737:737:')).toThrow(
    expect.objectContaining({ code: 'invalid_cursor' }),
  )
})
