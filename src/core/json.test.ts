import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { jsonValue, numberText, parseState } from '../../test/support/documents.ts'
import { BackstoryError } from './errors.ts'
import {
  formatJson,
  getJsonKey,
  isJsonNumber,
  isJsonObject,
  isSameJson,
  parseJson,
  type JsonValue,
} from './json.ts'

function refusalOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    return error
  }
}

describe('parseJson', () => {
  test('every number comes back as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(numberText, (number) => {
        for (const text of [
          number,
          `[${number}]`,
          `[1,${number},2]`,
          `{"a":{"b":${number}}}`,
          `["1.0",${number}]`,
        ]) {
          expect(formatJson(parseJson(text))).toBe(text)
        }
        expect(formatJson(parseJson(`{ "a" : [ 1,\n\t${number} ] }`))).toBe(`{"a":[1,${number}]}`)
      }),
      { numRuns: 2000 },
    )
  })

  test('every document is read as it was written', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = formatJson(value)
        expect(formatJson(parseJson(text))).toBe(text)
        expect(isSameJson(parseJson(text), value)).toBe(true)
      }),
    )
  })

  test.each(['0', '12', '-7', '0.25', '123456789012345', '1234.5678'])(
    '%s is a JavaScript number',
    (text) => {
      expect(parseJson(text)).toBe(Number(text))
      expect(parseJson(`[${text}, 1.0]`)).toEqual([Number(text), expect.anything()])
    },
  )

  test.each([
    '1.0',
    '-0',
    '12345678901234567890',
    '0.0000001',
    '1e2',
    '100000000000000000000000',
    '9007199254740993',
  ])('%s is kept as text', (text) => {
    const value = parseJson(text)
    expect(isJsonNumber(value)).toBe(true)
    expect(isJsonObject(value)).toBe(false)
    expect(Object.isFrozen(value)).toBe(true)
    expect(value).toEqual({ rawJSON: text })
  })

  test('an object with the key rawJSON is an object and no number', () => {
    const value = parseState('{"rawJSON": "1.0"}')
    expect(isJsonNumber(value)).toBe(false)
    expect(formatJson(value)).toBe('{"rawJSON":"1.0"}')
  })

  test.each(['{"__proto__":{"admin":true}}', '{"__proto__":{"admin":true},"n":1.0}'])(
    'the key __proto__ of %s is data and changes no prototype',
    (text) => {
      const value = parseState(text) ?? {}
      expect(Object.hasOwn(value, '__proto__')).toBe(true)
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect('admin' in value).toBe(false)
      expect(formatJson(value)).toBe(text)
    },
  )

  test('a thousand levels of nesting are read and written', () => {
    for (const leaf of ['1', '1.0']) {
      const text = `${'{"a":['.repeat(500)}${leaf}${']}'.repeat(500)}`
      expect(formatJson(parseJson(text))).toBe(text)
    }
  })

  test('a document of five megabytes is read and written, exact numbers or not', () => {
    for (const number of ['1.5', '1.50']) {
      const text = `[${Array(125_000).fill(`{"name":"Ged, of Gont: a wizard","hp":${number}}`).join(',')}]`
      expect(text.length).toBeGreaterThan(5_000_000)
      expect(formatJson(parseJson(text)) === text).toBe(true)
    }
  })

  test.each([
    '',
    'NaN',
    'Infinity',
    'undefined',
    '01',
    '1.',
    '{a:1}',
    "'a'",
    '[1,]',
    '{"secret":"x"',
    '1.0 2.0',
  ])('%j is refused without being quoted', (text) => {
    const error = refusalOf(text)
    expect(error).toBeInstanceOf(BackstoryError)
    expect(error).toMatchObject({ code: 'invalid_argument', message: expect.not.stringContaining('secret') })
    expect(error).not.toHaveProperty('cause')
  })
})

describe('getJsonKey', () => {
  test('what every object inherits is not a key', () => {
    expect(getJsonKey({}, 'constructor')).toBeUndefined()
    expect(getJsonKey({}, '__proto__')).toBeUndefined()
    expect(getJsonKey(parseState('{"__proto__":1}') ?? {}, '__proto__')).toBe(1)
  })
})

describe('isSameJson', () => {
  test.each([
    ['1', '1.0', false],
    ['1.0', '1.00', false],
    ['1.0', '1.0', true],
    ['1', '"1"', false],
    ['1.0', '"1.0"', false],
    ['1.0', '{"rawJSON":"1.0"}', false],
    ['null', 'false', false],
    ['0', 'null', false],
    ['{}', '[]', false],
    ['{}', 'null', false],
    ['{"a":null}', '{}', false],
    ['{"a":null}', '{"b":null}', false],
    ['{"constructor":1}', '{}', false],
    ['{"a":1,"b":[{"c":2}]}', '{"b":[{"c":2}],"a":1}', true],
    ['[1,2]', '[2,1]', false],
    ['[1]', '[1,1]', false],
    ['[]', '[]', true],
    ['"é"', '"e\u0301"', false],
  ])('%s and %s: %s', (one, other, same) => {
    const [left, right]: [JsonValue, JsonValue] = [parseJson(one), parseJson(other)]
    expect(isSameJson(left, right)).toBe(same)
    expect(isSameJson(right, left)).toBe(same)
  })
})
