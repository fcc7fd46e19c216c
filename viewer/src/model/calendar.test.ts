import { expect, test } from 'vitest'

import { dayAfter, layOutCalendar, momentOf, startOfDay } from './calendar.ts'
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

test.each([
  ['UTC', '2026-01-31', '2026-01-31T00:00:00Z'],
  ['Europe/Berlin', '2026-01-31', '2026-01-30T23:00:00Z'],
  ['Pacific/Kiritimati', '2026-01-31', '2026-01-30T10:00:00Z'],
  ['Pacific/Niue', '2026-01-31', '2026-01-31T11:00:00Z'],
  ['Asia/Kathmandu', '2026-01-31', '2026-01-30T18:15:00Z'],
  // clocks are put forward or back in the day
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z'],
  ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00Z'],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z'],
  ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00Z'],
  // from midnight to one
  ['America/Santiago', '2022-09-11', '2022-09-11T04:00:00Z'],
  ['Africa/Cairo', '2024-04-26', '2024-04-25T22:00:00Z'],
  // from one to midnight, and from midnight to eleven
  ['America/Havana', '2022-11-06', '2022-11-06T04:00:00Z'],
  ['America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00Z'],
  // a day that there was not
  ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
  ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z'],
])('in %s %s begins at %s', (timeZone, day, start) => {
  expect(startOfDay(day, { locale: undefined, timeZone })).toBe(start)
})

test('a time is meant where the reader is', () => {
  expect(momentOf('2026-01-31T14:05', english)).toBe('2026-01-31T13:05:00Z')
  expect(momentOf('2026-07-31T14:05:06', english)).toBe('2026-07-31T12:05:06Z')
  expect(momentOf('2026-03-29T02:30', english)).toBe('2026-03-29T01:00:00Z')
})
