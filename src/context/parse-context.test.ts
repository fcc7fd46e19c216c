import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parseContext } from './parse-context.ts'

const cyclic: Record<string, unknown> = {}
cyclic['self'] = { again: [cyclic] }

const deep = Array.from({ length: 200 }).reduce<unknown>((inner) => ({ inner }), 1)

describe('a context', () => {
  test.each([
    ['null', null, 'not null'],
    ['an array', [], 'not an array'],
    ['a text', 'ada', "not 'ada'"],
    ['a date', new Date(0), 'not a Date'],
    ['an empty userId', { userId: '' }, 'userId must not be empty'],
    ['a numeric userId', { userId: 7 }, 'userId must be a text, not the number 7'],
    ['a null userId', { userId: null }, 'userId must be a text, not null'],
    ['an empty onBehalfOf', { onBehalfOf: '' }, 'onBehalfOf must not be empty'],
    [
      'an unknown actorKind',
      { actorKind: 'robot' },
      "actorKind must be one of user, system, agent, api, not 'robot'",
    ],
    ['a numeric requestId', { requestId: 1 }, 'requestId must be a text'],
    ['a function', { job: () => 1 }, 'job is a function, which JSON cannot hold'],
    ['a bigint within', { order: { total: 1n } }, 'order.total is the bigint 1'],
    ['a symbol', { mark: Symbol('s') }, 'mark is a symbol'],
    ['NaN', { ratio: Number.NaN }, 'ratio is the number NaN'],
    ['undefined in an array', { list: [1, undefined] }, 'list[1] is a undefined'],
    ['a Map', { tags: new Map() }, 'tags is a Map: give a plain object'],
    ['a cycle', cyclic, 'contains itself'],
    ['200 levels', { deep }, 'nested too deeply'],
  ])('is refused when it is, or holds, %s', (_, given, message) => {
    const refusal = expect.objectContaining({
      code: 'invalid_context',
      message: expect.stringContaining(message),
    })
    expect(() => parseContext(given)).toThrow(refusal)
  })

  test('keeps every key that JSON can hold', () => {
    const given = {
      userId: 'ada',
      n: 1.5,
      ok: true,
      nothing: null,
      list: [1, ['a']],
      at: { deep: { x: '' } },
    }
    expect(parseContext(given)).toEqual(given)
  })

  test('takes what an object says of itself as JSON', () => {
    expect(parseContext({ at: new Date(0), url: new URL('http://a/') })).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      url: 'http://a/',
    })
  })

  test('leaves out an undefined key within, and keeps one at the top', () => {
    expect(Object.entries(parseContext({ reason: undefined, geo: { city: undefined } }))).toEqual([
      ['reason', undefined],
      ['geo', {}],
    ])
  })

  test('keeps a key named __proto__ as data', () => {
    const parsed = parseContext(JSON.parse('{"__proto__": {"userId": "mallory"}, "in": {"__proto__": 1}}'))
    expect(JSON.stringify(parsed)).toBe('{"__proto__":{"userId":"mallory"},"in":{"__proto__":1}}')
    expect(parsed['userId']).toBeUndefined()
  })

  test('replaces what jsonb cannot store, in keys and values', () => {
    expect(parseContext({ 'a\0': 'x\0y', list: ['\uD800', '\uDC00x', '😀'], ['\uDBFF']: 1 })).toEqual({
      'a\uFFFD': 'x\uFFFDy',
      list: ['\uFFFD', '\uFFFDx', '😀'],
      '\uFFFD': 1,
    })
  })

  test('comes out of JSON as it went in, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (given) => {
        const further = Object.fromEntries(Object.entries(given).map(([key, value]) => [`x${key}`, value]))
        const parsed = parseContext(further)
        const text = JSON.stringify(parsed)
        expect(text).toBe(JSON.stringify(further).replaceAll('\\u0000', '\uFFFD'))
      }),
    )
  })
})
