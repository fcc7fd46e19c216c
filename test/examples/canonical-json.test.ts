import { parseJson } from 'backstory'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'

import { canonicalJson } from '../../examples/replay/canonical-json.ts'

let client: pg.Client
beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('serverUrl') })
  await client.connect()
})
afterAll(() => client.end())

it('the canonical text of a number is what jsonb prints for it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(numberText, { minLength: 20 }), async (numbers) => {
      const { rows } = await client.query<{ printed: string }>(
        'select value::text as printed from jsonb_array_elements($1::jsonb)',
        [`[${numbers.join(',')}]`],
      )
      expect(numbers.map((text) => canonicalJson(parseJson(text)))).toStrictEqual(
        rows.map(({ printed }) => printed),
      )
    }),
    { numRuns: 30 },
  )
})

it('a document has the canonical text of what jsonb makes of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 4 }), async (text) => {
      const { rows } = await client.query<{ printed: string }>('select $1::jsonb::text as printed', [text])
      expect(canonicalJson(parseJson(rows[0]?.printed ?? ''))).toBe(canonicalJson(parseJson(text)))
    }),
    { numRuns: 200 },
  )
})

it.each([
  ['{"a": 1, "b": 2}', '{"b":2,"a":1}', true],
  ['{"a": 1}', '{"a": 1.0}', false],
  ['{"a": 1e2}', '{"a": 100}', true],
  ['{"a": null}', '{}', false],
  ['{"a": "1"}', '{"a": 1}', false],
  ['[1, 2]', '[2, 1]', false],
])('%s and %s are one value: %s', (one, other, isSame) => {
  expect(canonicalJson(parseJson(one)) === canonicalJson(parseJson(other))).toBe(isSame)
})

const numberText = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,24}$/)),
    fraction: fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,20}$/)),
    exponent: fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?[0-9]{1,2}$/)),
  })
  .map(({ sign, whole, fraction, exponent }) => `${sign}${whole}${fraction}${exponent}`)
