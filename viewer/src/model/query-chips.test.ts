import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { formatQuery } from '../../../src/core/query/format-query.ts'
import { parseQuery } from '../../../src/core/query/parse-query.ts'
import type { QueryTerm } from '../../../src/core/query/query.ts'
import { describeChip, splitQuery, valuesOf, withoutChip, withTerm, withTime } from './query-chips.ts'

const berlin = { locale: 'en-GB', timeZone: 'Europe/Berlin' }

const value = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc.constantFrom('a b', 'a,b', 'say "hi"', 'back\\slash', 'x:y'),
)
const term: fc.Arbitrary<QueryTerm> = fc.oneof(
  fc.record({
    kind: fc.constant('key' as const),
    key: fc.constantFrom('actor' as const, 'type' as const, 'scope' as const),
    values: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }),
    negated: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('context' as const), key: value, value, negated: fc.boolean() }),
  fc.record({ kind: fc.constant('text' as const), text: value, negated: fc.boolean() }),
)
const terms = fc.array(term, { maxLength: 5 })

describe('the chips of a filter', () => {
  test('are the terms that the language has, however they are quoted', () => {
    fc.assert(
      fc.property(terms, (all) => {
        const chips = splitQuery(formatQuery({ terms: all }))
        expect(chips.map(({ values, isNegated }) => [values, isNegated])).toEqual(
          all.map((one) => [
            one.kind === 'key'
              ? one.values
              : [one.kind === 'text' ? one.text : one.kind === 'context' ? one.value : ''],
            one.negated,
          ]),
        )
      }),
    )
  })

  test('make a query that the language reads, whatever is added to it', () => {
    const key = fc.record({
      kind: fc.constant('key' as const),
      key: fc.constantFrom('actor' as const, 'type' as const),
      values: fc.tuple(value),
      negated: fc.constant(false),
    })
    fc.assert(
      fc.property(fc.array(key, { maxLength: 6 }), (added) => {
        const query = added.reduce(
          (sum, one) => withTerm(sum, one.key, one.values[0]),
          'since:7d "free text"',
        )
        const read = parseQuery(query).terms.filter((one) => one.kind === 'key' && one.key !== 'since')
        expect(read).toEqual(
          [...Map.groupBy(added, (one) => one.key)].map(([name, same]) => ({
            kind: 'key',
            key: name,
            values: [...new Set(same.flatMap(({ values }) => values))],
            negated: false,
          })),
        )
      }),
    )
  })

  test.each([
    ['actor:ada,bo', 'Who', 'ada or bo'],
    ['type:world_elements', 'Type', 'world element'],
    ['-reason:import', 'Reason', 'import'],
    ['no:actor', 'Who', 'nobody'],
    ['new.attributes.rank:archmage', 'attributes.rank became', 'archmage'],
    ['context.jobName:nightly', 'job name', 'nightly'],
    ['"free text"', 'Text', 'free text'],
    ['since:7d', 'Since', '7d'],
    ['since:2026-01-31', 'Since', '2026-01-31'],
    ['since:2026-01-30T23:00:00Z', 'Since', '2026-01-31'],
    ['until:2026-01-30T23:15:00Z', 'Until', '31 Jan 2026, 00:15'],
  ])('%s is %s: %s', (text, name, words) => {
    expect(splitQuery(text).map((chip) => describeChip(chip, berlin))).toEqual([{ name, value: words }])
  })

  test('are written so that the language reads any text and any reason', () => {
    fc.assert(
      fc.property(value, value, (text, reason) => {
        const query = withTerm(withTerm('no:actor reason:x', null, text), 'reason', reason)
        expect(parseQuery(query).terms).toEqual([
          { kind: 'none', of: 'actor', negated: false },
          { kind: 'context', key: 'reason', value: reason, negated: false },
          { kind: 'text', text, negated: false },
        ])
      }),
    )
  })

  test('can be taken away one by one, and times replaced', () => {
    expect(withoutChip('actor:ada  type:tags since:7d', 1)).toBe('actor:ada since:7d')
    expect(withTime('actor:ada since:7d', 'since', '2026-01-31')).toBe('actor:ada since:2026-01-31')
    expect(withTime('actor:ada since:7d', 'since', '')).toBe('actor:ada')
  })

  test('know what is asked for', () => {
    expect(valuesOf('actor:ada -type:tags changed:name', 'actor')).toEqual(['ada'])
    expect(valuesOf('actor:ada -type:tags changed:name', 'type')).toEqual([])
  })
})
