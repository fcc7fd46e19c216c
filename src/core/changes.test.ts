import { expect, test } from 'vitest'

import { parseChanges } from './changes.ts'
import { BackstoryError } from './errors.ts'
import { formatJson } from './json.ts'

test.each([
  '{}',
  '{"after":{"a":1.0}}',
  '{"before":{}}',
  '{"before":{"a":{"b":1}},"after":{}}',
  '{"before":{},"after":{},"redacted":["secret"]}',
])('%s are changes', (text) => {
  expect(JSON.stringify(parseChanges(text))).toBe(text)
})

test('keys that changes do not have are left out, and numbers stay as they are', () => {
  const { after } = parseChanges('{"after":{"n":1.50},"more":1}')
  expect(formatJson(after ?? null)).toBe('{"n":1.50}')
})

test.each([
  '',
  'null',
  '[]',
  '1',
  '{"before":null}',
  '{"after":[]}',
  '{"after":1.0}',
  '{"redacted":"secret"}',
  '{"redacted":[1]}',
])('%j are no changes', (text) => {
  expect(() => parseChanges(text)).toThrow(BackstoryError)
  expect(() => parseChanges(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
})
