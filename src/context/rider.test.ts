import { expect, test } from 'vitest'

import { createRider } from './rider.ts'

test('the first rider calls the function of the installation', () => {
  expect(createRider({ schema: 'order' }).asking).toContain('select "order".carry_context($1, $2)')
})

test('the rider calls the procedure of the installation', () => {
  expect(createRider().bound).toBe('call backstory.carry_context_by_call($1, $2)')
  expect(createRider({ schema: 'order' }).bound).toBe('call "order".carry_context_by_call($1, $2)')
})

test.each([
  ['{"a":1}', `'{"a":1}'`],
  [`{"a":"it's"}`, `'{"a":"it''s"}'`],
  ['{"a":"\\n"}', `E'{"a":"\\\\n"}'`],
  [`{"a":"\\\\' or 1"}`, `E'{"a":"\\\\\\\\'' or 1"}'`],
])('an inline rider quotes %s', (context, literal) => {
  expect(createRider().inline(`${context}\nada`)).toBe(
    `select backstory.carry_context('ada', ${literal}) as "backstory.carry_context";`,
  )
})

test.each(['', 'My', 'a b', 'a"b', 'a;b', '1a', 'é', 'x'.repeat(64)])(
  'the schema %j is refused',
  (schema) => {
    expect(() => createRider({ schema })).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  },
)
