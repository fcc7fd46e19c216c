import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { actions } from '../changes.ts'
import { BackstoryError } from '../errors.ts'
import { describeQuery } from './describe-query.ts'
import { formatQuery } from './format-query.ts'
import { parseQuery } from './parse-query.ts'
import type { QueryTerm } from './query.ts'

const now = new Date('2026-01-31T12:00:00Z')

function describeText(text: string) {
  return describeQuery(parseQuery(text), { now })
}

const word = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !text.includes('\0'))
const filled = word.filter((text) => text !== '')
const path = filled.filter((text) => !text.startsWith('/') && !text.split('.').includes(''))
const time = fc.constantFrom(
  '7d',
  '30m',
  '2026-01-31',
  '2026-01-31T12:00:00.123456Z',
  '2026-01-31 12:00+02:00',
)
const scalar = fc.oneof(
  word,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('1', '-0', 'null', 'true', '1.50', '1e3', '-x'),
)
const negated = fc.boolean()
const termKinds: fc.Arbitrary<QueryTerm> = fc.oneof(
  fc.record({ kind: fc.constant('text'), text: filled, negated }),
  fc.record({ kind: fc.constant('none'), of: fc.constantFrom('actor', 'scope'), negated }),
  fc.record({ kind: fc.constant('context'), key: filled, value: scalar, negated }),
  fc.record({
    kind: fc.constant('value'),
    side: fc.constantFrom('old', 'new'),
    path,
    value: scalar,
    negated,
  }),
  fc.record({
    kind: fc.constant('key'),
    key: fc.constantFrom('actor', 'type'),
    values: fc.array(filled, { minLength: 1, maxLength: 4 }),
    negated,
  }),
  fc.record({
    kind: fc.constant('key'),
    key: fc.constant('scope'),
    values: fc.array(word, { minLength: 1, maxLength: 4 }),
    negated,
  }),
  fc.record({
    kind: fc.constant('key'),
    key: fc.constant('action'),
    values: fc.array(fc.constantFrom(...actions), { minLength: 1, maxLength: 3 }),
    negated,
  }),
  fc.record({
    kind: fc.constant('key'),
    key: fc.constant('changed'),
    values: fc.array(path, { minLength: 1, maxLength: 3 }),
    negated,
  }),
  fc.record({
    kind: fc.constant('key'),
    key: fc.constant('element'),
    values: fc.tuple(word).map(([only]) => [only]),
    negated,
  }),
  fc.record({
    kind: fc.constant('key'),
    key: fc.constantFrom('since', 'until'),
    values: fc.tuple(time).map(([only]) => [only]),
    negated: fc.constant(false),
  }),
)

describe('a query', () => {
  test('is what was written, when it is read again', () => {
    fc.assert(
      fc.property(termKinds, (term) => {
        expect(parseQuery(formatQuery({ terms: [term] }))).toEqual({ terms: [term] })
      }),
      { numRuns: 2000 },
    )
  })

  test('of many terms is read term by term', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ kind: fc.constant('text'), text: filled, negated })), (terms) => {
        expect(parseQuery(formatQuery({ terms: terms.slice(0, 50) }))).toEqual({ terms: terms.slice(0, 50) })
      }),
    )
  })

  test('is either read or refused with a place and a reason, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(word, fc.stringMatching(/^[-a-z:.," \\]{0,30}$/)), (text) => {
        try {
          const query = parseQuery(text)
          expect(parseQuery(formatQuery(query))).toEqual(query)
          describeQuery(query, { now })
        } catch (error) {
          expect(error).toBeInstanceOf(BackstoryError)
          expect(error).toMatchObject({ code: 'invalid_query', details: { position: expect.any(Number) } })
        }
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['', {}],
    ['  ', {}],
    ['actor:ada', { userId: ['ada'] }],
    ['actor:ada,bo type:world_elements', { userId: ['ada', 'bo'], elementType: ['world_elements'] }],
    ['no:actor', { userId: [null] }],
    ['scope:""', { scope: [''] }],
    ['element:"[\\"a\\",1]"', { elementId: '["a",1]' }],
    ['action:update,delete', { action: ['update', 'delete'] }],
    ['changed:attributes.rank', { changed: ['attributes.rank'] }],
    ['transaction:7411', { transactionId: '7411' }],
    ['since:7d', { since: '2026-01-24T12:00:00.000Z' }],
    ['until:2026-01-31T12:00Z', { until: '2026-01-31T12:00Z' }],
    ['reason:import', { context: { reason: 'import' } }],
    ['reason:7', { context: { reason: '7' } }],
    [
      'request:r1 context.job:nightly context.attempt:2',
      { context: { requestId: 'r1', job: 'nightly', attempt: 2 } },
    ],
    ['new.attributes.rank:archmage', { newValue: { 'attributes.rank': 'archmage' } }],
    ['old.hp:10 old.name:"10"', { oldValue: { hp: 10, name: '10' } }],
    ['new."/a b":null', { newValue: { '/a b': null } }],
    ['dark tower "the end"', { text: ['dark', 'tower', 'the end'] }],
    [
      'actor:ada -reason:import -sparrow',
      { userId: ['ada'], not: [{ context: { reason: 'import' } }, { text: ['sparrow'] }] },
    ],
    ['-no:actor', { not: [{ userId: [null] }] }],
  ])('%s asks for what it says', (text, description) => {
    expect(describeText(text)).toEqual(description)
  })

  test.each([
    ['-', 0, /minus stands alone/],
    ['a - b', 2, /minus stands alone/],
    ['""', 0, /must not be empty/],
    ['actor:', 6, /lacks a value/],
    ['actor:ada,', 10, /lacks a value/],
    ['actor:""', 0, /no:actor/],
    ['no:reason', 0, /actor and scope/],
    ['actr:ada', 0, /no filter "actr".*actor.*"actr:ada"/],
    ['http://x', 0, /put it in quotes: "http:\/\/x"/],
    ['name "open', 5, /not closed/],
    ['"a"b', 3, /After a value/],
    ['na"me"', 2, /middle of a word/],
    ['action:upsert', 0, /no action "upsert".*insert/],
    ['element:a,b', 0, /takes one value/],
    ['changed:a..b', 0, /a segment is empty/],
    ['old.name', 0, /name and a value/],
    ['new.:1', 0, /name and a value/],
    ['since:yesterday', 0, /30m, 24h, 7d/],
    ['since:2026-02-31', 0, /30m, 24h, 7d/],
    ['since:999999y', 0, /30m, 24h, 7d/],
    ['-since:7d', 1, /until:7d/],
    ['transaction:x', 0, /decimal number/],
    ['transaction:18446744073709551616', 0, /decimal number/],
    ['actor:ada actor:bo', 10, /twice.*actor:a,b/],
    ['actor:ada no:actor', 10, /twice/],
    ['reason:a reason:b', 9, /twice/],
    ['new.hp:1 new.hp:2', 9, /twice/],
    ['a\0b', 1, /cannot store/],
    ['a \ud800', 2, /cannot store/],
    [Array.from({ length: 51 }, (_, index) => `w${index}`).join(' '), 190, /at most 50 terms/],
    [`actor:${Array.from({ length: 101 }, () => 'a').join(',')}`, 206, /at most 100 values/],
  ])('%s is refused with a place and what to do', (text, position, message) => {
    const read = () => parseQuery(text)
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_query', details: { position } }))
  })
})
