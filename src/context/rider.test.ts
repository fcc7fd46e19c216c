import { expect, test } from 'vitest'

import { createRider } from './rider.ts'

test('the rider calls set_context of the installation', () => {
  expect(createRider().bound).toBe('select backstory.set_context($1)')
  expect(createRider({ schema: 'order' }).bound).toBe('select "order".set_context($1)')
})

test.each([
  ['{"a":1}', `'{"a":1}'`],
  [`{"a":"it's"}`, `'{"a":"it''s"}'`],
  ['{"a":"\\n"}', `E'{"a":"\\\\n"}'`],
  [`{"a":"\\\\' or 1"}`, `E'{"a":"\\\\\\\\'' or 1"}'`],
])('an inline rider quotes %s', (context, literal) => {
  expect(createRider().inline(context)).toBe(
    `select backstory.set_context(${literal}) as "backstory.set_context";`,
  )
})

test.each(['', 'My', 'a b', 'a"b', 'a;b', '1a', 'é', 'x'.repeat(64)])(
  'the schema %j is refused',
  (schema) => {
    expect(() => createRider({ schema })).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  },
)
