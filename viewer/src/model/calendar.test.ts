import { expect, test } from 'vitest'

import { dayAfter, layOutCalendar } from './calendar.ts'
import { formatAgo, formatDay, nameDay } from './format-time.ts'
import { hueOf, initialsOf, nameActor } from './name-actor.ts'

const english = { locale: 'en-GB', timeZone: 'Europe/Berlin' }

test('a calendar ends with today, in weeks that begin on Monday', () => {
  const days = layOutCalendar(
    new Map([
      ['2026-01-31', 9],
      ['2026-01-30', 1],
    ]),
    { today: '2026-01-31', weeks: 3 },
  )
  expect(days).toHaveLength(20)
  expect(days[0]).toEqual({ day: '2026-01-12', count: 0, level: 0, column: 0, row: 0 })
  expect(days.slice(-2)).toEqual([
    { day: '2026-01-30', count: 1, level: 2, column: 2, row: 4 },
    { day: '2026-01-31', count: 9, level: 4, column: 2, row: 5 },
  ])
})

test('the day after is one of the calendar, whatever clocks do', () => {
  expect([dayAfter('2026-03-28'), dayAfter('2026-12-31')]).toEqual(['2026-03-29', '2027-01-01'])
})

test('days and times are those of the reader', () => {
  expect(formatDay('2026-01-31T23:30:00.000000Z', english)).toBe('2026-02-01')
  expect(nameDay('2026-01-31', '2026-02-01', english)).toBe('Yesterday')
  expect(nameDay('2026-01-29', '2026-02-01', english)).toBe('Thursday 29 January')
  expect(nameDay('2025-01-29', '2026-02-01', english)).toBe('Wednesday, 29 January 2025')
  expect(formatAgo('2026-01-31T12:00:00Z', Date.parse('2026-01-31T15:30:00Z'), english)).toBe('3 hours ago')
})

test('an actor has a name, initials and always the same colour', () => {
  expect(nameActor({ userId: null, kind: 'user', onBehalfOf: null })).toBe('Somebody')
  expect(initialsOf('Ada of the Low Moon')).toBe('AM')
  expect(initialsOf('élan')).toBe('É')
  expect(hueOf('ada', 8)).toBe(hueOf('ada', 8))
})
