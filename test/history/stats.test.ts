import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest'

import { createBackstory, type StatsRow } from '../../src/index.ts'
import { describeOnPostgresAndPglite } from '../support/database.ts'

describeOnPostgresAndPglite('stats', (db) => {
  const backstory = () => createBackstory(db().database)

  // the two nights of Berlin's year, and one entry on either side of midnight in Auckland
  const moments = [
    '2026-03-28T22:59:59Z',
    '2026-03-28T23:00:00Z',
    '2026-03-29T00:59:59Z',
    '2026-03-29T01:00:00Z',
    '2026-03-29T21:59:59.999999Z',
    '2026-03-29T22:00:00Z',
    '2026-10-24T22:00:00Z',
    '2026-10-25T00:30:00Z',
    '2026-10-25T01:30:00Z',
    '2026-10-25T02:30:00Z',
    '2026-10-25T22:59:59Z',
    '2026-10-25T23:00:00Z',
    '2026-12-31T23:30:00Z',
  ]

  beforeAll(async () => {
    for (const [index, moment] of moments.entries()) {
      await db().run(`
        insert into audit_logs (element_type, element_id, user_id, scope, "timestamp", action)
        values ('${index % 2 === 0 ? 'worlds' : 'places'}', '1', ${index % 3 === 0 ? 'null' : `'ada'`}, 'earth',
          '${moment}', '${index < 10 ? 'update' : 'read'}')`)
    }
  })

  test('count by the days of a time zone, that of 23 hours and that of 25 included', async () => {
    expect(await backstory().stats({ by: ['day'], timeZone: 'Europe/Berlin' })).toEqual([
      { day: '2026-03-28', count: 1 },
      { day: '2026-03-29', count: 4 },
      { day: '2026-03-30', count: 1 },
      { day: '2026-10-25', count: 5 },
      { day: '2026-10-26', count: 1 },
      { day: '2027-01-01', count: 1 },
    ])
  })

  test('count by hours, and keep the hour that comes twice apart', async () => {
    expect(
      await backstory().stats({
        by: ['hour'],
        timeZone: 'Europe/Berlin',
        since: '2026-10-25T00:00Z',
        until: '2026-10-25T03:00Z',
      }),
    ).toEqual([
      { hour: '2026-10-25T02:00:00+02:00', count: 1 },
      { hour: '2026-10-25T02:00:00+01:00', count: 1 },
      { hour: '2026-10-25T03:00:00+01:00', count: 1 },
    ])
    expect(
      await backstory().stats({ by: ['hour'], timeZone: 'America/St_Johns', since: '2026-12-31' }),
    ).toEqual([{ hour: '2026-12-31T20:00:00-03:30', count: 1 }])
  })

  test('count by weeks, which begin on Monday, and by months', async () => {
    expect(await backstory().stats({ by: ['week'], timeZone: 'Europe/Berlin', until: '2026-10-01' })).toEqual(
      [
        { week: '2026-03-23', count: 5 },
        { week: '2026-03-30', count: 1 },
      ],
    )
    expect(await backstory().stats({ by: ['month'] })).toEqual([
      { month: '2026-03', count: 6 },
      { month: '2026-10', count: 6 },
      { month: '2026-12', count: 1 },
    ])
    expect(
      await backstory().stats({ by: ['month'], timeZone: 'Pacific/Auckland', since: '2026-12-31' }),
    ).toEqual([{ month: '2027-01', count: 1 }])
  })

  test('count in UTC by default, whatever the time zone of the session', async () => {
    await db().session(async (session) => {
      await session.run(`set timezone to 'Asia/Tokyo'`)
      const days = await backstory().stats({ by: ['day'], since: '2026-12-31' })
      expect(days).toEqual([{ day: '2026-12-31', count: 1 }])
    })
  })

  test('count by actor, action, type and scope, the most frequent first', async () => {
    expect(await backstory().stats({ by: ['userId'] })).toEqual([
      { userId: 'ada', count: 8 },
      { userId: null, count: 5 },
    ])
    expect(await backstory().stats({ by: ['action', 'elementType', 'scope'] })).toEqual([
      { action: 'update', elementType: 'places', scope: 'earth', count: 5 },
      { action: 'update', elementType: 'worlds', scope: 'earth', count: 5 },
      { action: 'read', elementType: 'worlds', scope: 'earth', count: 2 },
      { action: 'read', elementType: 'places', scope: 'earth', count: 1 },
    ])
    expect(await backstory().stats({ by: ['month', 'action'], until: '2026-11-01' })).toEqual([
      { month: '2026-03', action: 'update', count: 6 },
      { month: '2026-10', action: 'update', count: 4 },
      { month: '2026-10', action: 'read', count: 2 },
    ])
  })

  test('without anything to count by are one count', async () => {
    expect(await backstory().stats({ by: [] })).toEqual([{ count: 13 }])
    expect(await backstory().stats({ by: [], userId: 'nobody' })).toEqual([{ count: 0 }])
    expect(await backstory().stats({ by: ['userId'], userId: 'nobody' })).toEqual([])
  })

  test('take the filters of entries', async () => {
    expect(await backstory().stats({ by: ['action'], elementType: 'places', userId: null })).toEqual([
      { action: 'update', count: 2 },
    ])
  })

  test('count a renamed table as one, by its name of today', async () => {
    await db().run(`
      create table old_name (id integer primary key);
      select backstory.track('old_name');
      insert into old_name values (1);
      alter table old_name rename to new_name;
      select backstory.follow();
      insert into new_name values (2);`)
    expect(
      await backstory().stats({ by: ['elementType'], since: '2026-01-01', elementType: 'new_name' }),
    ).toEqual([{ elementType: 'new_name', count: 2 }])
  })

  test('have the type of what was asked for', () => {
    expectTypeOf(backstory().stats<'day' | 'userId'>).returns.resolves.toEqualTypeOf<
      readonly StatsRow<'day' | 'userId'>[]
    >()
    expectTypeOf<StatsRow<'day' | 'userId'>>().toEqualTypeOf<
      { readonly day: string; readonly userId: string | null } & { readonly count: number }
    >()
  })

  test('are the first so many, where a limit is given', async () => {
    const all = await backstory().stats({ by: ['userId', 'action'] })
    expect(all.length).toBeGreaterThan(2)
    expect(await backstory().stats({ by: ['userId', 'action'], limit: 2 })).toEqual(all.slice(0, 2))
  })

  describe.each(['Europe/Nowhere', 'CET', 'UTC+3', '+03:00', '', `x'; select 1`, 'Europe/../etc'])(
    'with the time zone %j',
    (timeZone) => {
      test('are refused', async () => {
        await expect(backstory().stats({ by: ['day'], timeZone })).rejects.toMatchObject({
          code: 'invalid_argument',
        })
      })
    },
  )

  test.each([
    { by: ['year'] },
    { by: ['day', 'day'] },
    { by: 'day' },
    {},
    { by: ['day'], limit: 0 },
    { by: ['day'], limit: 1.5 },
    { by: ['day'], order: 'newest' },
    { by: ['day'], timeZone: 7 },
  ])('are refused with %j', async (options) => {
    // @ts-expect-error none of these is what stats takes
    await expect(backstory().stats(options)).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
