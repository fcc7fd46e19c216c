import { expect, test } from 'vitest'

import { parseJson } from '../../../src/core/json.ts'
import { describePlace } from './describe-place.ts'
import { describePath, nameKey } from './field-names.ts'
import { nameType, shortenId } from './entry-view.ts'
import { kindOfValue } from './value-kind.ts'

test.each([
  ['null', 'null'],
  ['true', 'boolean'],
  ['12345678901234567890', 'number'],
  ['"2026-01-31"', 'date'],
  ['"2026-01-31T12:00:00.123456+00:00"', 'time'],
  ['"9b2f0000-0000-4000-8000-000000000001"', 'id'],
  ['"Ged"', 'text'],
  ['"The pupil of Ogion, of Gont."', 'prose'],
  ['["a", 1]', 'list'],
  ['[{"a": 1}]', 'document'],
  ['{"a": 1}', 'document'],
])('%s is shown as a %s', (json, kind) => {
  expect(kindOfValue(parseJson(json))).toBe(kind)
})

test.each([
  ['home_port', 'home port'],
  ['updatedAt', 'updated at'],
  ['place_id', 'place'],
  ['id', 'id'],
  ['URL', 'URL'],
])('the key %s is "%s" for people', (key, name) => {
  expect(nameKey(key)).toBe(name)
})

test('a place in a document is named by what is there, not by where it stands', () => {
  const document = parseJson('{"items": [{"name": "Saltglass Bell", "weight": 40}], "knows": ["knots"]}')
  expect(describePlace(document, '/items/0/weight')).toBe('items › Saltglass Bell › weight')
  expect(describePlace(document, '/knows/0')).toBe('knows › no. 1')
  expect(describePath('/attributes/home_port')).toBe('attributes › home port')
})

test.each([
  ['world_elements', 'world element'],
  ['app.stories', 'story'],
  ['boss', 'boss'],
])('the table %s is "%s"', (table, name) => {
  expect(nameType(table)).toBe(name)
})

test('an id is shortened as people quote it, a composite one part by part', () => {
  expect(shortenId('9b2f0000-0000-4000-8000-000000000001')).toBe('9b2f0000…')
  expect(shortenId('["9b2f0000-0000-4000-8000-000000000001",2]')).toBe('9b2f0000… · 2')
  expect(shortenId('[no json')).toBe('[no json')
  expect(shortenId('[tag]')).toBe('[tag]')
})
