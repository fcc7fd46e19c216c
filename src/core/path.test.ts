import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parsePath } from './path.ts'

describe('a path', () => {
  test.each([
    ['name', ['name']],
    ['attributes.rank', ['attributes', 'rank']],
    ['items.*.name', ['items', '*', 'name']],
    ['tags.0', ['tags', '0']],
    ['a/b', ['a/b']],
    ['/attributes/a.b', ['attributes', 'a.b']],
    ['/a~1b/~0/~01', ['a/b', '~', '~1']],
    ['/a/', ['a', '']],
    ['/', ['']],
  ])('%j is read as %j', (text, path) => {
    expect(parsePath(text)).toEqual(path)
  })

  test('is read as it was written by the rules of JSON Pointer, whatever the keys', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (segments) => {
        fc.pre(!segments.join('').includes('\0'))
        const pointer = segments.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
        expect(parsePath(pointer)).toEqual(segments)
      }),
    )
  })

  test.each(['', '.', 'a.', '.a', 'a..b', '/a~2', '/~', 'a\0b', '\ud800'])('is not %j', (text) => {
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})
