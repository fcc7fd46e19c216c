import { describe, expect, test } from 'vitest'

import { parseQuery } from '../../../src/core/query/parse-query.ts'
import {
  describeTerm,
  hasValue,
  readQuery,
  valueOf,
  withoutTerm,
  withTerm,
  withValue,
} from './query-chips.ts'

describe('the chips of a filter', () => {
  test.each([
    ['actor:ada,bo', { name: 'Who', value: 'ada or bo', isNegated: false }],
    ['type:world_elements', { name: 'Type', value: 'world element', isNegated: false }],
    ['-reason:import', { name: 'reason', value: 'import', isNegated: true }],
    ['no:actor', { name: 'Who', value: 'nobody', isNegated: false }],
    ['new.attributes.rank:archmage', { name: 'attributes.rank became', value: 'archmage', isNegated: false }],
    ['"free text"', { name: 'Text', value: 'free text', isNegated: false }],
  ])('%s is %j', (text, chip) => {
    expect(parseQuery(text).terms.map(describeTerm)).toEqual([chip])
  })

  test('can be taken away one by one', () => {
    expect(withoutTerm(parseQuery('actor:ada type:tags since:7d'), 1)).toBe('actor:ada since:7d')
  })

  test('of one key are joined, as any of the values will do; those of a time replace each other', () => {
    const query = parseQuery('actor:ada since:7d')
    expect(withTerm(query, { kind: 'key', key: 'actor', values: ['bo'], negated: false })).toBe(
      'actor:ada,bo since:7d',
    )
    expect(withTerm(query, { kind: 'text', text: 'two words', negated: false })).toBe(
      'actor:ada since:7d "two words"',
    )
    expect(withValue(query, 'since', '2026-01-31')).toBe('actor:ada since:2026-01-31')
    expect(withValue(query, 'since', '')).toBe('actor:ada')
  })

  test('know what is asked for', () => {
    const query = parseQuery('actor:ada -type:tags changed:name')
    expect([
      hasValue(query, 'actor', 'ada'),
      hasValue(query, 'type', 'tags'),
      valueOf(query, 'changed'),
    ]).toEqual([true, false, 'name'])
  })

  test('that are no query come with what is wrong', () => {
    expect(readQuery('nonsense:x').mistake).toContain('There is no filter "nonsense"')
  })
})
