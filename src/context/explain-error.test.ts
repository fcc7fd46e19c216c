import { describe, expect, test } from 'vitest'

import { explainError } from './explain-error.ts'

function failure(code: string, message: string, where?: string): Error {
  return Object.assign(new Error(message), { code, where })
}

describe('an error of the rider', () => {
  test.each([
    ['3F000', 'schema "backstory" does not exist'],
    ['42883', 'Funktion backstory.carry_context(text, text) existiert nicht'],
    ['42501', 'permission denied for schema backstory'],
  ])('%s says that Backstory is not installed, and keeps its cause', (code, message) => {
    const cause = failure(code, message)
    expect(explainError(cause, 'backstory')).toMatchObject({
      name: 'BackstoryError',
      code: 'not_installed',
      message: expect.stringContaining(message),
      cause,
    })
  })

  test.each([
    ['3F000', 'schema "app" does not exist'],
    ['42883', 'function app.f() does not exist'],
    ['42P01', 'relation "backstory" does not exist'],
  ])('%s about something else stays as it is', (code, message) => {
    const error = failure(code, message)
    expect(explainError(error, 'backstory')).toBe(error)
    expect(error.message).toBe(message)
  })
})

describe('an error while a write was recorded', () => {
  const where = 'PL/pgSQL function backstory.capture_orders() line 7 at SQL statement'

  test('is the same error, and says that the write was refused', () => {
    const error = failure('53100', 'could not extend file', where)
    expect(explainError(error, 'backstory')).toBe(error)
    expect(error).toMatchObject({
      code: '53100',
      message: 'Backstory could not record this write, so the write was refused: could not extend file',
    })
    explainError(error, 'backstory')
    expect(error.message.match(/refused/g)).toHaveLength(1)
  })

  test('in an installation elsewhere too', () => {
    const error = failure('42501', 'no', 'PL/pgSQL function audit."capture_Order Items"() line 1')
    expect(explainError(error, 'audit')).toMatchObject({
      message: expect.stringContaining('could not record'),
    })
  })

  test.each([
    ['a serialization failure', '40001', where],
    ['a cancellation', '57014', where],
    ['what our own SQL raises', 'BS106', where],
    ['an error of the application', '23505', 'PL/pgSQL function app.capture_orders() line 7'],
    ['an error without a place', '23505', undefined],
  ])('but %s keeps its message', (_, code, place) => {
    expect(explainError(failure(code, 'no', place), 'backstory')).toMatchObject({ message: 'no' })
  })
})

test('what is no error comes back as it is', () => {
  expect(explainError('no', 'backstory')).toBe('no')
})
